import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Store } from '../port.ts';
import { describeStore, stockBlock } from '../testing/store-contract.ts';
import { temporaryStore } from '../testing/temporary-store.ts';

describe('the embedded store', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let store: Store;

  beforeAll(async () => {
    opened = await temporaryStore();
    store = opened.store;
    await store.migrate();
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  it('leaves no file behind', async () => {
    await expect(store.insert({ ...stockBlock(1), bytes: Buffer.from([1]) })).rejects.toThrow('insert of 1 rows');
    await store.insert(stockBlock(1));
    const [folder] = (await readdir(opened.path)).filter((name) => name.startsWith('tillstream-inserts-'));
    expect(await readdir(join(opened.path, folder!))).toEqual([]);
  });

  it('computes nothing of a stream that nobody reads', async () => {
    for await (const chunk of store.streamRowBinary('SELECT number FROM numbers({n:UInt64})', { n: 1e12 })) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(await store.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('leaves no setting behind: the next statement of the session has its defaults', async () => {
    await store.insert(stockBlock(1));
    expect(
      await store.query(`SELECT getSetting('max_insert_threads') AS threads, getSetting('async_insert') AS asynchronous,
        getSetting('min_insert_block_size_bytes') AS bytes`),
    ).toEqual([{ threads: 0, asynchronous: false, bytes: 268_402_944 }]);
  });
});

describe('a store in this process', () => {
  describeStore(temporaryStore);
});
