import type { Store } from '@tillstream/store';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loadFiles } from './load-files.ts';

const NO_STORE = {} as Store;

test.each([
  ['a bomb', gzipSync(Buffer.alloc(17 * 2 ** 20))],
  ['no gzip file', Buffer.from('store_id,name\n1,a\n')],
])('a packed file that is %s is refused by its name', async (_, content) => {
  const files = { version: '1', files: new Map([['store.txt.gz', content]]) };
  await expect(loadFiles(NO_STORE, files)).rejects.toThrow(
    /^reference file store\.txt\.gz cannot be unpacked to at most 16 MiB/,
  );
});
