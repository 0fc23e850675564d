import { spawnSync } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loadedFiles } from '../testing/loaded-files.ts';
import { temporaryFolder } from '../testing/temporary-store.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let mounted = false;

/** A disk of 160 MB. Only root can have one. */
beforeAll(async () => {
  folder = await temporaryFolder();
  mounted = succeeds('mount', '-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', folder.path);
});

afterAll(async () => {
  if (mounted) succeeds('umount', folder.path);
  await folder[Symbol.asyncDispose]();
});

const succeeds = (command: string, ...options: string[]): boolean => spawnSync(command, options).status === 0;

async function fill(path: string): Promise<void> {
  const handle = await open(path, 'w');
  try {
    const writing = (async () => {
      for (;;) await handle.write(Buffer.alloc(1024 * 1024));
    })();
    await expect(writing).rejects.toMatchObject({ code: 'ENOSPC' });
  } finally {
    await handle.close();
  }
}

describe('a full disk', () => {
  it.for([
    ['of the store', (root: string) => ({ path: join(root, 'a'), temporaryPath: '/tmp' })],
    ['of the temporary files', (root: string) => ({ path: join(root, 'b') })],
  ] as const)('%s is told as such, loses nothing, and is over when there is room', async ([, options], context) => {
    if (!mounted) context.skip('mount is not permitted here');
    const store = await openEmbeddedStore(options(folder.path));
    await store.migrate();
    await store.insert(loadedFiles(1000, 1));
    const filler = join(folder.path, 'filler');
    await fill(filler);

    await expect(store.insert(loadedFiles(20_000, 2))).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(/^insert of 20000 rows into loaded_file failed: .*; free some space on that disk/),
    });
    expect(await store.query('SELECT count() AS rows FROM pos.loaded_file')).toEqual([{ rows: '1000' }]);

    await rm(filler);
    await store.insert(loadedFiles(20_000, 2));
    expect(await store.query('SELECT count() AS rows FROM pos.loaded_file')).toEqual([{ rows: '21000' }]);
    await store.close();
  });
});
