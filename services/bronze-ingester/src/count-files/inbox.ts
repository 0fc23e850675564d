import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzip = promisify(gunzip);

/** A file of the inbox as it stands there; `stamp` changes when its content may have changed. */
export type InboxEntry = { readonly path: string; readonly stamp: string };

/**
 * A file of the inbox as it was read. The text is decoded byte for byte (latin1): counts are digits, and a broken row
 * must reach the quarantine with the bytes it had.
 */
export type InboxFile = { readonly path: string; readonly hash: string; readonly text: string };

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Count files below the folder, in the order in which they are loaded. A file that is being written has another ending. */
export async function listInbox(folder: string): Promise<readonly InboxEntry[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(csv|txt)(\.gz)?$/.test(entry.name));
  const listed = files.map(async (entry) => {
    const file = join(entry.parentPath, entry.name);
    const { mtimeMs, size, ino } = await stat(file);
    return { path: relative(folder, file).split(sep).join('/'), stamp: `${mtimeMs} ${size} ${ino}` };
  });
  return (await Promise.all(listed)).sort((one, other) => (one.path < other.path ? -1 : 1));
}

export async function readInboxFile(folder: string, path: string): Promise<InboxFile> {
  const content = await readFile(join(folder, path));
  const plain = path.endsWith('.gz') ? await unzip(content) : content;
  const start = plain.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const hash = createHash('sha256').update(content).digest('hex');
  return { path, hash, text: plain.toString('latin1', start) };
}
