import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzip = promisify(gunzip);
/** Of one file; far more than a chain's counts of a day. */
const MAX_UNPACKED_BYTES = 256 * 2 ** 20;

/**
 * A file of the inbox as it was read. The text is decoded byte for byte (latin1): counts are digits, and a broken row
 * must reach the quarantine with the bytes it had.
 */
export type InboxFile = { readonly path: string; readonly hash: string; readonly text: string };

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Paths of the count files below the folder, in the order in which they are loaded. One being written has another ending. */
export async function listInbox(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(csv|txt)(\.gz)?$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Changes when the content of the file may have changed. */
export async function stampOf(folder: string, path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(join(folder, path));
  return `${mtimeMs} ${size} ${ino}`;
}

export async function readInboxFile(folder: string, path: string): Promise<InboxFile> {
  const content = await readFile(join(folder, path));
  const plain = path.endsWith('.gz') ? await unpacked(content) : content;
  const start = plain.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const hash = createHash('sha256').update(content).digest('hex');
  return { path, hash, text: plain.toString('latin1', start) };
}

/** What cannot be unpacked is read as it is: it has no header, so it goes to quarantine, and files after it are loaded. */
async function unpacked(content: Buffer): Promise<Buffer> {
  return unzip(content, { maxOutputLength: MAX_UNPACKED_BYTES }).catch(() => content);
}
