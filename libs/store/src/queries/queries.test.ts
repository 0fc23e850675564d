import { INVENTORY_CHANGE, LOADED_FILE, RowBinaryReader, type KnownChange } from '@tillstream/inventory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { encodeRows } from '../encoding/row-codec.ts';
import type { Store } from '../port.ts';
import { temporaryStore } from '../testing/temporary-store.ts';
import { countRows } from './count-rows.ts';
import { findChanges } from './find-changes.ts';
import { loadedFiles } from './loaded-files.ts';
import { IDENTITY_HASH_ROW_BYTES, readIdentityHashes } from './read-identity-hashes.ts';

let opened: Awaited<ReturnType<typeof temporaryStore>>;
let store: Store;

beforeAll(async () => {
  opened = await temporaryStore();
  store = opened.store;
  await store.migrate();
});

afterAll(() => opened[Symbol.asyncDispose]());

const CHANGE: KnownChange = {
  transId: '{A}',
  itemId: 7,
  storeId: 3,
  dateTime: 1_700_000_000_123,
  quantity: -2,
  changeTypeId: 1,
  sourcePartition: 5,
  sourceOffset: 100,
};

/** Later records have smaller `first_wins`, as the silver stage writes it. */
async function insertChanges(changes: readonly Partial<KnownChange>[]): Promise<void> {
  const rows = changes
    .map((change) => ({ ...CHANGE, ...change }))
    .map((change) => ({
      store_id: change.storeId,
      item_id: change.itemId,
      trans_id: change.transId,
      date_time: change.dateTime,
      quantity: change.quantity,
      change_type_id: change.changeTypeId,
      rescued_data: '',
      source_partition: change.sourcePartition,
      source_offset: change.sourceOffset,
      identity_hash: 1_000_000 + change.sourceOffset,
      block_partition: 0,
      off_shelf: 0,
      first_wins: 2 ** 53 - 1 - change.sourceOffset,
    }));
  await store.insert(encodeRows(INVENTORY_CHANGE, rows));
}

describe('findChanges', () => {
  it('finds every line of the transactions, the first of each identity, merged or not', async () => {
    await store.command('SYSTEM STOP MERGES pos.inventory_change_rows');
    await insertChanges([{ sourceOffset: 50, quantity: -1 }, { itemId: 8 }, { transId: '{B}', storeId: 4 }]);
    await insertChanges([{ sourceOffset: 40, quantity: -9 }]);
    await insertChanges([{ sourceOffset: 60, quantity: -5 }, { transId: '{C}' }]);
    const byItem = (a: KnownChange, b: KnownChange) => a.itemId - b.itemId || a.storeId - b.storeId;
    expect((await findChanges(store, ['{A}', '{B}', '{none}'])).toSorted(byItem)).toEqual([
      { ...CHANGE, sourceOffset: 40, quantity: -9 },
      { ...CHANGE, transId: '{B}', storeId: 4 },
      { ...CHANGE, itemId: 8 },
    ]);
  });

  it('tells lines of one transaction and item in two stores apart', async () => {
    await insertChanges([
      { transId: '{D}', storeId: 1 },
      { transId: '{D}', storeId: 2, sourceOffset: 7 },
    ]);
    const found = await findChanges(store, ['{D}']);
    expect(found.map(({ storeId, sourceOffset }) => `${storeId}: ${sourceOffset}`).toSorted()).toEqual([
      '1: 100',
      '2: 7',
    ]);
  });

  it('compares transactions byte for byte, whatever is in their names', async () => {
    const transIds = ["it's", '\\', '\n\n', '\0', 'a\0b', 'é', 'e\u0301', '😀', 'x'.repeat(4096)];
    await insertChanges(transIds.map((transId) => ({ transId })));
    const found = await findChanges(store, transIds);
    expect(found.map(({ transId }) => transId).toSorted()).toEqual(transIds.toSorted());
    expect(await findChanges(store, [])).toEqual([]);
  });

  it('asks for more transactions than a parameter can hold', async () => {
    const transIds = Array.from({ length: 60 }, (_, index) => `${index}${"'".repeat(2000)}`);
    await insertChanges(transIds.map((transId) => ({ transId })));
    const found = await findChanges(store, transIds);
    expect(found.map(({ transId }) => transId).toSorted()).toEqual(transIds.toSorted());
  });

  it('reads only the granules that the index names', async () => {
    await store.command(`INSERT INTO pos.inventory_change_rows (store_id, item_id, trans_id)
      SELECT number % 100, number % 977, toString(number) FROM numbers(200000)`);
    const plan = await store.queryText(
      `EXPLAIN indexes = 1 SELECT * FROM pos.inventory_change_rows WHERE trans_id IN {transIds:Array(String)}`,
      'TSVRaw',
      { transIds: ['4711'] },
    );
    const [, read, of] = /Name: by_transaction[^]*?Granules: (\d+)\/(\d+)/.exec(plan) ?? [];
    expect(Number(of)).toBeGreaterThan(20);
    expect(Number(read)).toBeLessThan(4);
  });
});

describe('readIdentityHashes', () => {
  const read = async (fromOffsets?: ReadonlyMap<number, number>): Promise<number[][]> => {
    const rows: number[][] = [];
    for await (const chunk of readIdentityHashes(store, fromOffsets)) {
      expect(chunk.length % IDENTITY_HASH_ROW_BYTES).toBe(0);
      const reader = new RowBinaryReader(chunk);
      while (!reader.atEnd) rows.push([reader.uint64(), reader.uint16(), reader.uint64()]);
    }
    return rows.toSorted((a, b) => a[0]! - b[0]!);
  };

  beforeAll(async () => {
    await store.command('TRUNCATE TABLE pos.inventory_change_rows');
    await insertChanges(
      [0, 1, 2].flatMap((partition) =>
        [10, 20, 30].map((offset) => ({
          transId: `${partition}/${offset}`,
          sourcePartition: partition,
          sourceOffset: partition * 100 + offset,
        })),
      ),
    );
  });

  it('reads those of all lines', async () => {
    const rows = await read();
    expect(rows).toHaveLength(9);
    expect(rows[0]).toEqual([1_000_010, 0, 10]);
    expect(rows[8]).toEqual([1_000_230, 2, 230]);
  });

  it('reads those of some partitions, each from its offset on', async () => {
    const bounds = new Map([
      [0, 20],
      [2, 0],
      [9, 0],
    ]);
    expect((await read(bounds)).map(([, , offset]) => offset)).toEqual([20, 30, 210, 220, 230]);
    expect(await read(new Map())).toEqual([]);
  });
});

describe('files and counts', () => {
  it('lists the files that were loaded', async () => {
    const file = { rows_loaded: 5, rows_quarantined: 0, loaded_at: 0 };
    await store.insert(
      encodeRows(LOADED_FILE, [
        { ...file, path: 'b.csv', content_hash: '2', version: 2 },
        { ...file, path: 'b.csv', content_hash: '1', version: 1 },
        { ...file, path: 'a\nb', content_hash: '3', version: 1 },
      ]),
    );
    expect(await loadedFiles(store)).toEqual([
      { path: 'a\nb', contentHash: '3', version: 1 },
      { path: 'b.csv', contentHash: '1', version: 1 },
      { path: 'b.csv', contentHash: '2', version: 2 },
    ]);
  });

  it('counts rows as readers see them', async () => {
    await insertChanges([{ transId: '0/10', sourceOffset: 5 }]);
    expect(await countRows(store, LOADED_FILE)).toBe(3);
    expect(await countRows(store, INVENTORY_CHANGE)).toBe(9);
  });
});
