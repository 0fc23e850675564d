import {
  INVENTORY_CHANGE_TYPE,
  INVENTORY_CURRENT,
  ITEM,
  QUARANTINE,
  RAW_INVENTORY_CHANGE,
  RAW_INVENTORY_SNAPSHOT,
  STORE,
  type Table,
} from '@tillstream/inventory';
import {
  audit,
  encodeRows,
  explainDifferences,
  openEmbeddedStore,
  type RowValues,
  type Store,
} from '@tillstream/store';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const NOON = Date.UTC(2011, 2, 1, 12);
const MORNING = Date.UTC(2011, 2, 1, 6);

const REFERENCE = [STORE, ITEM, INVENTORY_CHANGE_TYPE];
const TABLES = [RAW_INVENTORY_CHANGE, RAW_INVENTORY_SNAPSHOT, INVENTORY_CURRENT, QUARANTINE, ...REFERENCE];

let root: string;
let store: Store;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tillstream-auditor-'));
  store = await openEmbeddedStore({ path: join(root, 'store') });
  await store.migrate();
});

afterAll(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

const put = async (table: Table, ...rows: readonly RowValues[]): Promise<void> => store.insert(encodeRows(table, rows));

const textOf = (message: object | string): string => (typeof message === 'string' ? message : JSON.stringify(message));

function record(topic: string, offset: number, message: object | string): RowValues {
  const value = textOf(message);
  return { topic, partition: 0, offset, timestamp: NOON, key: '', value, headers: {} };
}

const change = (offset: number, message: object | string): RowValues => record('pos.inventory-change', offset, message);

const sale = (transId: string, quantity: number, more: object = {}): object => ({
  trans_id: transId,
  store_id: 1,
  date_time: '2011-03-01T10:00:00.000Z',
  change_type_id: 1,
  items: [{ item_id: 10, quantity }],
  ...more,
});

const CUT_OFF = '{"trans_id":';
const ELSEWHERE = sale('b', -1, { store_id: 99 });

const count = {
  store_id: 1,
  date_time: '2011-03-01 06:00:00',
  employee_id: 7,
  items: [
    { item_id: 10, quantity: 20 },
    { item_id: 11, quantity: 8 },
  ],
};

const gold = (itemId: number, snapshot: number, changed: number, dateTime: number): RowValues => ({
  store_id: 1,
  item_id: itemId,
  snapshot_quantity: snapshot,
  change_quantity: changed,
  current_inventory: snapshot + changed,
  date_time: dateTime,
  version: 1,
});

const quarantined = (offset: number, rules: readonly string[], message: object | string): RowValues => ({
  source_topic: 'pos.inventory-change',
  source_partition: 0,
  source_offset: offset,
  source_path: '',
  source_row: 0,
  rules,
  lines: [],
  record_timestamp: NOON,
  key: '',
  value: textOf(message),
  quarantined_at: NOON,
  replayed_at: null,
  revision: 0,
});

/** A sale of 3, a copy of it, a record that is no JSON, an unknown store; and all that follows from them. */
beforeEach(async () => {
  for (const { name } of TABLES) {
    await store.command(`TRUNCATE TABLE pos.${name}_rows`);
  }
  await put(STORE, { store_id: 0, name: 'online', generation: 1 }, { store_id: 1, name: 'store_001', generation: 1 });
  await put(ITEM, { item_id: 10, name: 'globe', supplier_id: 1, safety_stock_quantity: 5, generation: 1 });
  await put(
    INVENTORY_CHANGE_TYPE,
    { change_type_id: 1, change_type: 'sale', generation: 1 },
    { change_type_id: 4, change_type: 'bopis', generation: 1 },
  );
  await put(
    RAW_INVENTORY_CHANGE,
    change(0, sale('a', -3)),
    change(1, sale('a', -3)),
    change(2, CUT_OFF),
    change(3, ELSEWHERE),
  );
  await put(RAW_INVENTORY_SNAPSHOT, record('pos.inventory-snapshot', 0, count));
  await put(INVENTORY_CURRENT, gold(10, 20, -3, Date.UTC(2011, 2, 1, 10)), gold(11, 8, 0, MORNING));
  await put(QUARANTINE, quarantined(2, ['invalid_json'], CUT_OFF), quarantined(3, ['unknown_store'], ELSEWHERE));
});

test('when gold is what bronze says, there is no difference', async () => {
  expect(await explainDifferences(store, 10)).toEqual([]);
  expect(await audit(store)).toEqual({ rows: 2, differences: 0 });
});

test.for<[string, () => Promise<void>]>([
  [
    'a wrong quantity',
    async () => put(INVENTORY_CURRENT, { ...gold(10, 20, -2, Date.UTC(2011, 2, 1, 10)), version: 2 }),
  ],
  [
    'a quarantine row with other bytes',
    async () => put(QUARANTINE, { ...quarantined(2, ['invalid_json'], '{'), revision: 1 }),
  ],
  ['a wrong time', async () => put(INVENTORY_CURRENT, { ...gold(10, 20, -3, NOON), version: 2 })],
  ['a count that is not the latest', async () => put(INVENTORY_CURRENT, { ...gold(11, 9, -1, MORNING), version: 2 })],
  ['a row too many', async () => put(INVENTORY_CURRENT, gold(12, 1, 0, MORNING))],
  ['a row too few', async () => store.command('DELETE FROM pos.inventory_current_rows WHERE item_id = 11')],
  ['a change that gold has not seen', async () => put(RAW_INVENTORY_CHANGE, change(4, sale('c', -1)))],
  ['a gap in bronze', async () => put(RAW_INVENTORY_CHANGE, change(5, sale('a', -3)))],
  ['a broken record that is not in quarantine', async () => put(RAW_INVENTORY_CHANGE, change(4, 'null'))],
  ['a sound record in quarantine', async () => put(QUARANTINE, quarantined(0, ['invalid_json'], sale('a', -3)))],
  ['a quarantine row without its record', async () => put(QUARANTINE, quarantined(77, ['invalid_json'], CUT_OFF))],
  ['a conflict that is not in quarantine', async () => put(RAW_INVENTORY_CHANGE, change(4, sale('a', -4)))],
  ['a store that is known by now, its record not sent again', async () => put(STORE, ...storesWith99())],
])('%s is one difference', async ([, damage]) => {
  await damage();
  const differences = await explainDifferences(store, 10);
  expect(differences).toHaveLength(1);
  expect((await audit(store)).differences).toBe(1);
});

function storesWith99(): readonly RowValues[] {
  return [0, 1, 99].map((store_id) => ({
    store_id,
    name: store_id === 0 ? 'online' : `store_${store_id}`,
    generation: 2,
  }));
}

test('an expectation that leaves rows out is applied to bronze too', async () => {
  const expectations = [{ name: 'small', dataset: 'inventory_change', action: 'drop', sql: 'quantity > -2' }] as const;
  expect((await audit(store, { expectations })).differences).toBe(1);
  await put(INVENTORY_CURRENT, { ...gold(10, 20, 0, MORNING), version: 2 });
  expect(await explainDifferences(store, 10, { expectations })).toEqual([]);
});
