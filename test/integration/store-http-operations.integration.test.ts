import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { LOADED_FILE } from '@tillstream/inventory';
import { encodeRows, openClickHouseStore, type StoreWait, type TableBlock } from '@tillstream/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startEndpointProcess } from '../support/endpoint-process.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillstream-operations-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('migrating', () => {
  const PROGRAM = `
    import { openClickHouseStore } from '@tillstream/store';
    const store = await openClickHouseStore({ url: process.argv[1] });
    await store.migrate();
    await store.close();`;

  it('is done by several processes at once, again and again', async () => {
    const endpoint = await startEndpointProcess(folder);
    const migrate = async (): Promise<number> => {
      const program = ['--conditions=@tillstream/source', '--input-type=module', '-e', PROGRAM, endpoint.url];
      const child = spawn(process.execPath, program, {
        cwd: import.meta.dirname,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return ((await once(child, 'exit')) as [number])[0];
    };
    expect(await Promise.all([migrate(), migrate(), migrate()])).toEqual([0, 0, 0]);
    const store = await openClickHouseStore({ url: endpoint.url });
    const tables = "SELECT name, create_table_query FROM system.tables WHERE database = 'pos' ORDER BY name";
    const before = await store.query(tables);
    expect(await Promise.all([migrate(), migrate(), migrate()])).toEqual([0, 0, 0]);
    expect(await store.query(tables)).toEqual(before);
    await store.close();
    expect(await endpoint.end('SIGTERM')).toEqual([0, null]);
  });
});

describe('a full disk', () => {
  const block = (name: string, rows: number): TableBlock =>
    encodeRows(
      LOADED_FILE,
      Array.from({ length: rows }, (_, row) => ({
        path: `${name}/${row}/${Math.sin(row)}`,
        content_hash: '',
        version: 1,
        rows_loaded: 0,
        rows_quarantined: 0,
        loaded_at: 0,
      })),
    );

  async function fill(path: string): Promise<void> {
    const handle = await openFile(path, 'w');
    const writing = (async () => {
      for (;;) await handle.write(Buffer.alloc(1024 * 1024));
    })();
    await expect(writing).rejects.toMatchObject({ code: 'ENOSPC' });
    await handle.close();
  }

  it('is told and waited for, and loses nothing', async (context) => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', folder]).status === 0;
    if (!mounted) context.skip('mount is not permitted here');
    const waits: StoreWait[] = [];
    const endpoint = await startEndpointProcess(join(folder, 'data'));
    try {
      const store = await openClickHouseStore({ url: endpoint.url, onWait: (wait) => waits.push(wait) });
      await store.migrate();
      await store.insert(block('first', 1000));
      await fill(join(folder, 'filler'));
      const inserting = store.insert(block('second', 20_000));
      await expect.poll(() => waits).toMatchObject([{ code: 'disk_full', over: false }]);
      expect(waits[0]?.reason).toMatch(
        /^insert of 20000 rows into loaded_file failed: .*; free some space on that disk[^\n]*$/,
      );
      await rm(join(folder, 'filler'));
      await inserting;
      expect(waits.at(-1)).toMatchObject({ over: true });
      expect(await store.query('SELECT count() AS rows FROM pos.loaded_file')).toEqual([{ rows: '21000' }]);
      await store.close();
    } finally {
      await endpoint.end('SIGTERM');
      spawnSync('umount', [folder]);
    }
  });
});
