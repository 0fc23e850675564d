import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listInbox, readInboxFile, stampOf } from './inbox.ts';

function inboxWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-inbox-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

describe('inbox', () => {
  test('lists count files at any depth in the order of their paths, and no other files', async () => {
    const inbox = inboxWith({
      'b.csv': '',
      'a/z.txt.gz': '',
      'a.csv.part': '',
      'c.csv.gz': '',
      'notes.md': '',
      'a/a.txt': '',
    });
    expect(await listInbox(inbox)).toEqual(['a/a.txt', 'a/z.txt.gz', 'b.csv', 'c.csv.gz']);
  });

  test('reads a file plain or packed, byte for byte, without its byte order mark', async () => {
    const bytes = Buffer.from([0x61, 0xff, 0xe4, 0x0a]);
    const inbox = inboxWith({
      'a.csv': bytes,
      'b.csv.gz': gzipSync(bytes),
      'c.csv': Buffer.concat([Buffer.from('\ufeff'), bytes]),
    });
    const texts = await Promise.all(
      ['a.csv', 'b.csv.gz', 'c.csv'].map(async (path) => (await readInboxFile(inbox, path)).text),
    );
    for (const text of texts) expect(Buffer.from(text, 'latin1')).toEqual(bytes);
  });

  test.each([
    ['damaged', gzipSync('item_id,store_id\n1,1\n').subarray(0, 20)],
    ['no archive', Buffer.from('item_id,store_id\n1,1\n')],
  ])('reads a packed file that is %s as it is', async (_, content) => {
    const { text } = await readInboxFile(inboxWith({ 'a.csv.gz': content }), 'a.csv.gz');
    expect(Buffer.from(text, 'latin1')).toEqual(content);
  });

  test('tells contents apart by their hash', async () => {
    const inbox = inboxWith({ 'a.csv': 'x', 'b/a.csv': 'x', 'c.csv': 'y' });
    const hashes = await Promise.all(
      ['a.csv', 'b/a.csv', 'c.csv'].map(async (path) => (await readInboxFile(inbox, path)).hash),
    );
    expect(hashes).toEqual(['x', 'x', 'y'].map((content) => createHash('sha256').update(content).digest('hex')));
  });

  test('stamps a file anew when it is written', async () => {
    const inbox = inboxWith({ 'a.csv': 'x' });
    const before = await stampOf(inbox, 'a.csv');
    expect(await stampOf(inbox, 'a.csv')).toBe(before);
    writeFileSync(join(inbox, 'a.csv'), 'xy');
    expect(await stampOf(inbox, 'a.csv')).not.toBe(before);
  });
});
