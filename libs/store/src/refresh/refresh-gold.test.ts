import { INVENTORY_CHANGE, INVENTORY_CURRENT, INVENTORY_SNAPSHOT, RAW_INVENTORY_CHANGE } from '@tillstream/inventory';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { encodeRows, type RowValues } from '../encoding/row-codec.ts';
import type { Store } from '../port.ts';
import { temporaryStore } from '../testing/temporary-store.ts';
import { missingHistory } from './missing-history.ts';
import {
  compareGold,
  computeGold,
  differingKeys,
  dropComputedGold,
  replaceGold,
  type ComputedGold,
} from './refresh-gold.ts';
import { storedEra } from './stored-era.ts';

let opened: Awaited<ReturnType<typeof temporaryStore>>;
let store: Store;

beforeAll(async () => {
  opened = await temporaryStore();
  store = opened.store;
  await store.migrate();
  // Copies of a row stay until they are read.
  await store.command('SYSTEM STOP MERGES pos.inventory_change_rows');
});

afterAll(() => opened[Symbol.asyncDispose]());

const SOURCE = { source_partition: 0, block_partition: 1 };
type Numbers = readonly [number, number, number, number];
const change = ([offset, item, quantity, at]: Numbers, more: RowValues = {}): RowValues => ({
  store_id: 1,
  item_id: item,
  trans_id: `t${offset}`,
  date_time: at,
  quantity,
  change_type_id: 1,
  rescued_data: '',
  ...SOURCE,
  source_offset: offset,
  identity_hash: offset,
  off_shelf: 0,
  first_wins: 1_000_000 - offset,
  ...more,
});
const count = (offset: number, item: number, quantity: number, at: number): RowValues => ({
  store_id: 1,
  item_id: item,
  date_time: at,
  employee_id: null,
  quantity,
  ...SOURCE,
  source_offset: offset,
  source_line: 0,
});
const ERA = 2n ** 48n;
/** As a worker of the first era writes it. */
const gold = ([item, snapshot, changed, at]: Numbers, more: RowValues = {}): RowValues => ({
  store_id: 1,
  item_id: item,
  snapshot_quantity: snapshot,
  change_quantity: changed,
  current_inventory: snapshot + changed,
  date_time: at,
  version: ERA + 5n,
  ...more,
});

const changes = async (...rows: readonly RowValues[]) => store.insert(encodeRows(INVENTORY_CHANGE, rows));
const counts = async (...rows: readonly RowValues[]) => store.insert(encodeRows(INVENTORY_SNAPSHOT, rows));
const golds = async (...rows: readonly RowValues[]) => store.insert(encodeRows(INVENTORY_CURRENT, rows));

async function stock(): Promise<unknown[]> {
  const rows = await store.query<Record<string, string | number>>(
    `SELECT store_id, item_id, snapshot_quantity AS counted, change_quantity AS changed, current_inventory AS now,
       toUnixTimestamp64Milli(date_time) AS at, bitShiftRight(version, 48) AS era, bitAnd(version, 65535) AS block
     FROM pos.inventory_current ORDER BY store_id, item_id`,
  );
  return rows.map((row) => Object.values(row).map(Number));
}

async function differing(table: ComputedGold): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const keys of differingKeys(store, table)) {
    found.push(...keys.map(({ storeId, itemId }) => `${storeId}|${itemId}`));
  }
  return found.toSorted();
}

/** Two eras on, with nothing above the ends 7 and 9. */
const NEXT = { era: 3, blockEnds: [7, 9] };
const lastAnswer = { equalRows: 0, changedRows: 0, missingRows: 0, removedRows: 0, newerRows: 0, examples: [] };

/** Item 1: a late change counts, one before the count does not; item 2 has two counts of one moment; item 3 has none. */
beforeEach(async () => {
  for (const name of ['inventory_change', 'inventory_snapshot', 'inventory_current', 'raw_inventory_change']) {
    await store.command(`TRUNCATE TABLE pos.${name}_rows`);
  }
  await counts(count(0, 1, 50, 1000), count(1, 1, 20, 2000), count(2, 2, 7, 2000), count(3, 2, 8, 2000));
  const pickedUp = change([3, 1, -100, 2500], { off_shelf: 1 });
  await changes(
    change([0, 1, -3, 2000]),
    change([1, 1, -4, 1999]),
    change([2, 1, -1, 9000]),
    pickedUp,
    change([4, 3, -1, 1]),
  );
  // A crash between storing and committing, and a copy with other content that came later.
  await changes(change([0, 1, -3, 2000]), change([9, 1, -77, 2000], { trans_id: 't0' }));
});

const RIGHT = [gold([1, 20, -4, 9000]), gold([2, 8, 0, 2000])];
const COMPUTED = [
  [1, 1, 20, -4, 16, 9000, 3, 9],
  [1, 2, 8, 0, 8, 2000, 3, 9],
];

async function tables(): Promise<number> {
  return (await store.query(`SHOW TABLES FROM pos LIKE 'inventory_current_refresh%'`)).length;
}

describe('a refresh of gold', () => {
  it('finds nothing where gold is right, and makes it the same of the new era', async () => {
    await golds(...RIGHT);
    const table = await computeGold(store, NEXT);
    expect(await compareGold(store, table, 5)).toEqual({ ...lastAnswer, equalRows: 2 });
    await replaceGold(store, table);
    await replaceGold(store, table);
    expect(await stock()).toEqual(COMPUTED);
    expect(await storedEra(store)).toBe(3);
    expect(await tables()).toBe(1);
    await dropComputedGold(store, undefined);
    expect(await tables()).toBe(0);
  });

  it('counts, names and repairs a wrong value, a row too few and one too many', async () => {
    await golds(gold([1, 20, -40, 9000]), gold([77, 5, 0, 1]), gold([-3, 5, 0, 1], { store_id: -9 }));
    const table = await computeGold(store, NEXT);
    const found = await compareGold(store, table, 3);
    expect(found).toEqual({
      ...lastAnswer,
      changedRows: 1,
      missingRows: 1,
      removedRows: 2,
      examples: [
        'store -9 item -3: 5 + 0 = 5 at 1970-01-01 00:00:00.001, computed no row',
        'store 1 item 1: 20 + -40 = -20 at 1970-01-01 00:00:09.000, computed 20 + -4 = 16 at 1970-01-01 00:00:09.000',
        'store 1 item 2: no row, computed 8 + 0 = 8 at 1970-01-01 00:00:02.000',
      ],
    });
    expect(await differing(table)).toEqual(['1|1', '1|2']);
    await replaceGold(store, table);
    expect(await stock()).toEqual(COMPUTED);
    expect(await differing(table)).toEqual([]);
  });

  it('leaves alone what workers of the new era have written of later blocks', async () => {
    const newer = (item: number, block: bigint): RowValues => gold([item, 1, 1, 9999], { version: 3n * ERA + block });
    // Of item 1 the block at 9, behind the ends; of item 4 one that silver had not stored yet.
    await golds(...RIGHT, newer(1, 10n), newer(4, 11n));
    const table = await computeGold(store, NEXT);
    expect(await compareGold(store, table, 5)).toEqual({ ...lastAnswer, equalRows: 1, newerRows: 2 });
    await replaceGold(store, table);
    expect(await stock()).toEqual([[1, 1, 1, 1, 2, 9999, 3, 10], COMPUTED[1], [1, 4, 1, 1, 2, 9999, 3, 11]]);
  });

  it('outranks what the new era has written of blocks below the ends', async () => {
    await golds(...RIGHT, gold([1, 1, 1, 9999], { version: 3n * ERA + 8n }));
    const table = await computeGold(store, NEXT);
    expect(await compareGold(store, table, 5)).toMatchObject({ equalRows: 1, changedRows: 1 });
    await replaceGold(store, table);
    expect(await stock()).toEqual(COMPUTED);
  });

  it('begun again removes what the attempt before had computed, which then changes nothing any more', async () => {
    await golds(...RIGHT);
    const first = await computeGold(store, NEXT);
    await computeGold(store, NEXT);
    expect(await tables()).toBe(1);
    await expect(replaceGold(store, first)).rejects.toThrow(/inventory_current_refresh_3_/);
    expect((await stock())[0]).toEqual([1, 1, 20, -4, 16, 9000, 1, 5]);
  });
});

it('history is missing where neither the topic nor bronze has it', async () => {
  const record = (partition: number, offset: number): RowValues => {
    return { topic: 'pos.inventory-change', partition, offset, timestamp: 0, key: '', value: '', headers: {} };
  };
  // Partition 1 is whole, of partition 2 bronze has three of five, one of them twice.
  const rows = [record(1, 0), record(1, 1), record(2, 0), record(2, 3), record(2, 4), record(2, 4), record(2, 7)];
  await store.insert(encodeRows(RAW_INVENTORY_CHANGE, rows));
  const start = (topic: string, partition: number, first: number) => ({ topic, partition, start: first });
  const found = await missingHistory(store, [
    start('pos.inventory-change', 0, 0),
    start('pos.inventory-change', 1, 2),
    start('pos.inventory-change', 2, 5),
    start('pos.inventory-snapshot', 0, 4),
  ]);
  expect(found).toEqual([
    { ...start('pos.inventory-change', 2, 5), missing: 2 },
    { ...start('pos.inventory-snapshot', 0, 4), missing: 4 },
  ]);
});

it('without rows gold has no era', async () => {
  expect(await storedEra(store)).toBe(0);
});
