import { LOADED_FILE } from '@tillstream/inventory';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadedFiles } from '../testing/loaded-files.ts';
import { temporaryFolder } from '../testing/temporary-store.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

/** Of 512 bytes: what is longer is cut off, as on a full disk, but only in the process that is started so. */
const LARGEST_FILE_BLOCKS = 256;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

/** What the steps gave, one after the other, in a process that cannot write large files. */
function inCrampedProcess(...steps: readonly string[]): readonly string[] {
  const script = fileURLToPath(new URL('../testing/cramped-process.ts', import.meta.url));
  const limits = `trap '' XFSZ; ulimit -f ${LARGEST_FILE_BLOCKS}; exec "$0" "$@"`;
  const options = [process.execPath, '--conditions=@tillstream/source', script, folder.path, ...steps];
  const { stdout, stderr } = spawnSync('sh', ['-c', limits, ...options], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

async function rowsInStore(more: number): Promise<number> {
  const store = await openEmbeddedStore({ path: folder.path });
  try {
    await store.insert(loadedFiles(more, 999));
    const rows = await store.query<{ rows: string }>(`SELECT count() AS rows FROM pos.${LOADED_FILE.name}`);
    // Reads every column: a file that is cut off has no rows, or cannot be read.
    await store.query(`SELECT sum(cityHash64(*)) FROM pos.${LOADED_FILE.name}`);
    return Number(rows[0]!.rows);
  } finally {
    await store.close();
  }
}

describe('a write that the disk does not take', () => {
  it('is no stored block: the insert fails, and none after it is acknowledged', async () => {
    const results = inCrampedProcess('insert 100', 'insert 20000', 'insert 100');
    expect(results[0]).toBe('ok');
    expect(results[1]).toMatch(/^damaged: the disk did not take \d+ writes of the store; free some space/);
    expect(results[2]).toMatch(/^damaged: /);
    // The last block was whole, and comes again.
    expect(await rowsInStore(50)).toBeGreaterThanOrEqual(150);
    expect(await rowsInStore(50)).toBeLessThan(300);
  });

  it('while merging loses nothing that was acknowledged', async () => {
    const results = inCrampedProcess(...Array.from({ length: 12 }, () => 'insert 500'), 'merge', 'insert 10');
    const acknowledged = results.filter((result) => result === 'ok').length;
    expect(acknowledged).toBeGreaterThan(3);
    expect(results.at(-1)).toMatch(/^damaged: /);
    expect(await rowsInStore(10)).toBeGreaterThanOrEqual(acknowledged * 500 + 10);
  });
});
