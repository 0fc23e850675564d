import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { LOADED_FILE } from '@tillstream/inventory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { encodeRows } from '../encoding/row-codec.ts';
import type { Store } from '../port.ts';
import { loadedFiles } from '../queries/loaded-files.ts';
import { collect, temporaryFolder } from '../testing/temporary-store.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'store');
});

afterAll(() => folder[Symbol.asyncDispose]());

async function withStore<Result>(use: (store: Store) => Promise<Result>, readOnly = false): Promise<Result> {
  const store = await openEmbeddedStore({ path, readOnly });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const file = (name: string) =>
  encodeRows(LOADED_FILE, [
    { path: name, content_hash: 'x', version: 1, rows_loaded: 0, rows_quarantined: 0, loaded_at: 0 },
  ]);

/** Another process that opens the store and goes on with the program. Has opened it when this resolves. */
async function otherProcess(program: string): Promise<{ child: ChildProcess; said: string[] }> {
  const module = new URL('../index.ts', import.meta.url).href;
  const opening = `import { openEmbeddedStore } from ${JSON.stringify(module)};
    const store = await openEmbeddedStore({ path: process.argv[1] });
    await store.migrate();
    console.log('open');`;
  const source = ['--input-type=module', '-e', `${opening}\n${program}`, path];
  const child = spawn(process.execPath, ['--conditions=@tillstream/source', '--no-warnings', ...source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  const lines = createInterface(child.stdout).on('line', (line) => said.push(line));
  await once(lines, 'line');
  return { child, said };
}

describe('openEmbeddedStore', () => {
  it('refuses to read where no store is', async () => {
    await expect(openEmbeddedStore({ path, readOnly: true })).rejects.toMatchObject({ code: 'no_store' });
    await mkdir(path);
    await expect(openEmbeddedStore({ path, readOnly: true })).rejects.toMatchObject({ code: 'no_store' });
  });

  it('keeps rows over closing and opening', async () => {
    await withStore(async (store) => {
      await store.migrate();
      await store.insert(file('a'));
    });
    expect(await withStore(loadedFiles)).toEqual([{ path: 'a', contentHash: 'x', version: 1 }]);
  });

  it('opens for reading without changing anything', async () => {
    await withStore(async (store) => {
      expect(await loadedFiles(store)).toHaveLength(1);
      expect(await store.queryText('SELECT path FROM loaded_file', 'TSV')).toBe('a\n');
      await expect(store.insert(file('b'))).rejects.toMatchObject({ code: 'bad_query' });
      await expect(store.command('DROP DATABASE pos')).rejects.toMatchObject({ code: 'bad_query' });
      await expect(store.migrate()).rejects.toMatchObject({ code: 'bad_query' });
    }, true);
  });

  it('refuses a store of a newer version, and lets go of the folder', async () => {
    await withStore((store) => store.command('INSERT INTO pos.schema_version (version) SELECT 1000'));
    await expect(openEmbeddedStore({ path })).rejects.toMatchObject({ code: 'other_version' });
    await expect(openEmbeddedStore({ path, readOnly: true })).rejects.toMatchObject({ code: 'other_version' });
    path = join(folder.path, 'second');
    await withStore((store) => store.migrate());
  });

  it('removes what a killed process left among the temporary files, and nothing of others', async () => {
    const temporaryPath = join(folder.path, 'temporary');
    const open = () => openEmbeddedStore({ path, temporaryPath });
    let store = await open();
    const [mine] = await readdir(temporaryPath);
    await store.close();
    await mkdir(join(temporaryPath, mine!));
    await writeFile(join(temporaryPath, mine!, '1.block'), 'left');
    await writeFile(join(temporaryPath, 'other'), 'kept');
    store = await open();
    await store.migrate();
    await store.insert(file('c'));
    expect(await readdir(join(temporaryPath, mine!))).toEqual([]);
    await store.close();
    expect(await readdir(temporaryPath)).toEqual(['other']);
  });

  it('refuses a temporary folder that ClickHouse would read as a pattern', async () => {
    const opening = openEmbeddedStore({ path, temporaryPath: join(folder.path, '{a,b}') });
    await expect(opening).rejects.toThrow('name another folder');
    await withStore(loadedFiles);
  });
});

describe('the folder', () => {
  it('belongs to one store of the process', async () => {
    await withStore(async () => {
      await expect(openEmbeddedStore({ path })).rejects.toMatchObject({
        code: 'busy',
        message: expect.stringContaining(`in use by process ${process.pid}`),
      });
      const other = openEmbeddedStore({ path: join(folder.path, 'third') });
      await expect(other).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining('this process has') });
    });
  });

  it('belongs to one process, until that is gone, however it went', async () => {
    const { child } = await otherProcess('setInterval(() => {}, 1e6);');
    await expect(openEmbeddedStore({ path })).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringMatching(new RegExp(`the store in .*second is in use by process ${child.pid}; stop that`)),
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await withStore(loadedFiles)).toHaveLength(1);
  });
});

describe('close', () => {
  it('waits for what was started and refuses what comes later', async () => {
    const store = await openEmbeddedStore({ path });
    const insert = store.insert(file('d'));
    const query = store.query('SELECT sleep(0.2) AS slept');
    const closing = store.close();
    await expect(store.query('SELECT 1')).rejects.toMatchObject({ code: 'closed' });
    await expect(store.insert(file('e'))).rejects.toMatchObject({ code: 'closed' });
    await expect(collect(store.streamRowBinary('SELECT 1'))).rejects.toMatchObject({ code: 'closed' });
    await Promise.all([insert, closing, store.close()]);
    expect(await query).toEqual([{ slept: 0 }]);
    expect(await withStore(loadedFiles)).toMatchObject([{ path: 'c' }, { path: 'd' }]);
  });

  it('never lets a stream that is cut off look complete', async () => {
    const store = await openEmbeddedStore({ path });
    const rows = store.streamRowBinary('SELECT number FROM numbers(100000000)')[Symbol.asyncIterator]();
    await rows.next();
    await store.close();
    await expect(rows.next()).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('a process that ends on an error', () => {
  const ENDLESS = `
    const rows = store.streamRowBinary('SELECT number FROM numbers({n:UInt64})', { n: 1e12 })[Symbol.asyncIterator]();
    const read = async () => { for (;;) await rows.next(); };
    const ask = async () => { for (;;) await store.query('SELECT sum(number) FROM numbers({n:UInt64})', { n: 1e7 }); };
    void read(); void ask();
    process.on('exit', () => console.log('last words'));`;

  it.each([
    ['process.exit', 'setTimeout(() => process.exit(3), 300);', 3],
    [
      'a handler of uncaught errors',
      `process.on('uncaughtException', () => process.exit(5)); setTimeout(() => missing(), 300);`,
      5,
    ],
  ])('ends at once by %s, with its own exit code, whatever the engine is at', async (_, end, code) => {
    const { child, said } = await otherProcess(`${ENDLESS}\n${end}`);
    expect(await once(child, 'close')).toEqual([code, null]);
    expect(said).toEqual(['open', 'last words']);
    await withStore(loadedFiles);
  });
});
