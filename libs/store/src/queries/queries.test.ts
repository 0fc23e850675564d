import { INVENTORY_CHANGE, LOADED_FILE, type KnownChange, type LineKey } from '@tillstream/inventory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { encodeRows } from '../encoding/row-codec.ts';
import type { QueryParameters, Store } from '../port.ts';
import { temporaryStore } from '../testing/temporary-store.ts';
import { countRows } from './count-rows.ts';
import { findChanges } from './find-changes.ts';
import { loadedFiles } from './loaded-files.ts';
import { IDENTITY_HASH_BYTES, readIdentityHashes } from './read-identity-hashes.ts';

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

const lineOf = (line: Partial<LineKey>): LineKey => ({ ...CHANGE, ...line });

const byTransaction = (a: KnownChange, b: KnownChange) => (a.transId < b.transId ? -1 : 1);

describe('findChanges', () => {
  it('finds each line that is stored, its first copy, merged or not', async () => {
    await store.command('SYSTEM STOP MERGES pos.inventory_change_rows');
    await insertChanges([{ sourceOffset: 50, quantity: -1 }, { itemId: 8 }, { transId: '{B}', storeId: 4 }]);
    await insertChanges([{ sourceOffset: 40, quantity: -9 }]);
    await insertChanges([{ sourceOffset: 60, quantity: -5 }, { transId: '{C}' }]);
    const asked = [lineOf({}), lineOf({ transId: '{B}', storeId: 4 }), lineOf({ transId: '{none}' })];
    expect((await findChanges(store, asked)).toSorted(byTransaction)).toEqual([
      { ...CHANGE, sourceOffset: 40, quantity: -9 },
      { ...CHANGE, transId: '{B}', storeId: 4 },
    ]);
  });

  it('finds a line of another store, where its own has none', async () => {
    await insertChanges([
      { transId: '{D}', storeId: 1 },
      { transId: '{D}', storeId: 2, sourceOffset: 7 },
      { transId: '{E}', storeId: 1 },
      { transId: '{E}', storeId: 1, itemId: 8 },
    ]);
    const found = async (...lines: readonly LineKey[]) =>
      (await findChanges(store, lines)).map(({ transId, storeId }) => `${transId} ${storeId}`).toSorted();
    expect(await found(lineOf({ transId: '{D}', storeId: 2 }))).toEqual(['{D} 2']);
    expect(await found(lineOf({ transId: '{D}', storeId: 3 }))).toEqual(['{D} 1', '{D} 2']);
    expect(await found(lineOf({ transId: '{E}', storeId: 2 }))).toEqual(['{E} 1']);
    expect(await found(lineOf({ transId: '{D}', storeId: 1 }), lineOf({ transId: '{E}', storeId: 2 }))).toEqual([
      '{D} 1',
      '{E} 1',
    ]);
  });

  it('compares transactions byte for byte, whatever is in their names', async () => {
    const transIds = ["it's", '\\', '\n\n', '\0', 'a\0b', 'é', 'e\u0301', '😀', 'x'.repeat(4096)];
    await insertChanges(transIds.map((transId) => ({ transId })));
    for (const storeId of [CHANGE.storeId, CHANGE.storeId + 1]) {
      const found = await findChanges(
        store,
        transIds.map((transId) => lineOf({ transId, storeId })),
      );
      expect(found.map(({ transId }) => transId).toSorted()).toEqual(transIds.toSorted());
    }
    expect(await findChanges(store, [])).toEqual([]);
  });

  it.each([
    ['long names', Array.from({ length: 60 }, (_, index) => `${index}${"'".repeat(2000)}`)],
    ['short names', Array.from({ length: 30_000 }, (_, index) => index.toString(36))],
  ])('asks for more lines than a parameter can hold: %s', async (_, transIds) => {
    const large = { storeId: -2_000_000_000, itemId: -2_000_000_000 };
    await insertChanges(transIds.map((transId) => ({ transId, ...large })));
    const found = await findChanges(
      store,
      transIds.map((transId) => lineOf({ transId, ...large })),
    );
    expect(found.map(({ transId }) => transId).toSorted()).toEqual(transIds.toSorted());
  });

  it.each([
    ['in the store they name', 3, 1],
    ['of another store', 2, 2],
  ])('reads a few granules for a line %s', async (_, storeId, questions) => {
    await store.command(`INSERT INTO pos.inventory_change_rows (store_id, item_id, trans_id)
      SELECT number % 4, intDiv(number, 4) % 10000, toString(number) FROM numbers(1000000)`);
    const statements: { sql: string; parameters: QueryParameters | undefined }[] = [];
    const watched: Pick<Store, 'query'> = {
      query: async (sql, parameters) => {
        statements.push({ sql, parameters });
        return store.query(sql, parameters);
      },
    };
    const found = await findChanges(watched, [{ storeId, itemId: 1177, transId: '4711' }]);
    expect(found.map((row) => row.storeId)).toEqual([3]);
    expect(statements).toHaveLength(questions);
    for (const { sql, parameters } of statements) {
      const plan = await store.queryText(`EXPLAIN indexes = 1 ${sql}`, 'TSVRaw', parameters);
      const [key, index] = Array.from(plan.matchAll(/Granules: (\d+)\/(\d+)/g), ([, read, of]) => [
        Number(read),
        Number(of),
      ]).slice(-2);
      expect(key![1]).toBeGreaterThan(100);
      expect(key![0]).toBeLessThan(key![1]! / 4);
      expect(index![0]).toBeLessThan(4);
    }
  });
});

it('reads the identity hashes of some partitions', async () => {
  await store.command('TRUNCATE TABLE pos.inventory_change_rows');
  await insertChanges(
    [0, 1, 2].flatMap((sourcePartition) =>
      [10, 20].map((offset) => ({
        transId: `${sourcePartition}/${offset}`,
        sourcePartition,
        sourceOffset: sourcePartition * 100 + offset,
      })),
    ),
  );
  const read = async (...partitions: readonly number[]): Promise<readonly bigint[]> => {
    const hashes: bigint[] = [];
    for await (const chunk of readIdentityHashes(store, partitions)) {
      for (let at = 0; at < chunk.length; at += IDENTITY_HASH_BYTES) hashes.push(chunk.readBigUInt64LE(at));
    }
    return hashes.toSorted((one, other) => (one < other ? -1 : 1));
  };
  expect(await read(0, 2, 9)).toEqual([1_000_010n, 1_000_020n, 1_000_210n, 1_000_220n]);
  expect(await read()).toEqual([]);
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
    expect(await countRows(store, INVENTORY_CHANGE)).toBe(6);
  });
});
