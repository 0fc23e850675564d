import { audit, explainDifferences, openEmbeddedStore, type Store } from '@tillstream/store';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { EDGE_MESSAGES } from '../oracle/edge-messages.ts';
import {
  type BronzeRecord,
  CHANGE_TOPIC,
  naiveOracle,
  type OracleExpectation,
  type OracleOptions,
  positionOf,
  type Reference,
  SNAPSHOT_TOPIC,
  type Truth,
} from '../oracle/naive-oracle.ts';
import { NOON, oddLog, REFERENCE } from '../oracle/odd-log.ts';
import { readOnlineRetail } from '../oracle/online-retail.ts';
import { emptyTables, writeGold, writeLog, writeQuarantine, writeReference, writeTruth } from '../oracle/tables.ts';

/**
 * Two oracles, written apart from each other and from the pipeline: what the naive one makes of a log is written as gold and as
 * quarantine, and the auditor's SQL, which looks for what is missing, unexpected and different, must find nothing.
 */

let root: string;
let store: Store;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tillstream-auditor-oracle-'));
  store = await openEmbeddedStore({ path: join(root, 'store') });
  await store.migrate();
});

afterAll(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

beforeEach(() => emptyTables(store));

async function write(records: readonly BronzeRecord[], options: OracleOptions = {}): Promise<Truth> {
  const truth = naiveOracle(records, REFERENCE, options);
  await writeLog(store, records);
  await writeReference(store, REFERENCE);
  await writeTruth(store, truth);
  return truth;
}

const rulesOf = ({ quarantine }: Truth): ReadonlySet<string> =>
  new Set([...quarantine.values()].flatMap(({ rules }) => [...rules]));

const RULES = [
  ['invalid_utf8', 'nested_too_deep', 'invalid_json', 'not_an_object', 'forbidden_field', 'number_out_of_range'],
  ['invalid_trans_id', 'invalid_store_id', 'invalid_date_time', 'invalid_change_type_id', 'invalid_employee_id'],
  ['no_items', 'future_date_time', 'unknown_store', 'unknown_change_type'],
  ['invalid_item', 'invalid_item_id', 'invalid_quantity', 'conflicting_duplicate'],
].flat();

test.for([1, 2, 3])('the oracles agree on ten thousand odd records, seed %i', async (seed) => {
  const truth = await write(oddLog(seed, 10_000));
  expect(await explainDifferences(store, 5)).toEqual([]);
  expect([...rulesOf(truth)]).toEqual(expect.arrayContaining(RULES));
  expect(truth.gold.size).toBeGreaterThan(40);
  expect(truth.duplicates).toBeGreaterThan(100);
});

const records = (topic: string, values: readonly (string | Buffer)[]): readonly BronzeRecord[] =>
  values.map((value, offset) => ({ topic, partition: 0, offset, timestamp: NOON, value: Buffer.from(value) }));

test('the oracles agree on the edges of every rule', async () => {
  await write([...records(CHANGE_TOPIC, EDGE_MESSAGES), ...records(SNAPSHOT_TOPIC, EDGE_MESSAGES)]);
  expect(await explainDifferences(store, 5)).toEqual([]);
});

const anyValue = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(-1, 0, 1, 2.5, 10, 2 ** 31, -0, 4) },
  fc.jsonValue({ noUnicodeString: false }),
);
const anyMessage = fc.record(
  {
    trans_id: fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string({ unit: 'binary' }), anyValue),
    store_id: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 1) }, anyValue),
    date_time: fc.oneof(
      fc.date({ min: new Date(0), max: new Date(NOON), noInvalidDate: true }).map((date) => date.toISOString()),
      fc.constant('2011-03-01 06:00:00'),
      fc.string(),
    ),
    change_type_id: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(1, 4) }, anyValue),
    employee_id: fc.option(fc.integer()),
    items: fc.oneof(
      { weight: 9, arbitrary: fc.array(fc.oneof(fc.record({ item_id: anyValue, quantity: anyValue }), anyValue)) },
      anyValue,
    ),
    note: anyValue,
  },
  { requiredKeys: ['store_id', 'items', 'date_time'] },
);

test('the oracles agree on whatever JSON there is', async () => {
  const logs = fc.array(anyMessage, { minLength: 1000, maxLength: 1000 });
  const property = fc.asyncProperty(logs, fc.nat(4), async (messages, indent) => {
    await emptyTables(store);
    const values = messages.map((message) => JSON.stringify(message, undefined, indent));
    await write([...records(CHANGE_TOPIC, values), ...records(SNAPSHOT_TOPIC, values)]);
    expect(await explainDifferences(store, 5)).toEqual([]);
  });
  await fc.assert(property, { numRuns: 4, endOnFailure: true });
});

const EXPECTATIONS = [
  {
    name: 'few',
    dataset: 'inventory_change',
    action: 'quarantine',
    sql: 'quantity < 5',
    holds: ({ quantity }) => quantity < 5,
  },
  {
    name: 'divides',
    dataset: 'inventory_change',
    action: 'quarantine',
    sql: 'quantity != 0 AND intDiv(12, quantity) < 0',
    holds: ({ quantity }) => quantity !== 0 && Math.trunc(12 / quantity) < 0,
  },
  {
    name: 'some_ids',
    dataset: 'inventory_change',
    action: 'drop',
    sql: "trans_id != 'b'",
    holds: ({ transId }) => transId !== 'b',
  },
  {
    name: 'sold',
    dataset: 'inventory_change',
    action: 'fail',
    sql: "store_id IN (SELECT store_id FROM pos.store WHERE name != 'far') AND change_type_id != 5 AND item_id != 12",
    holds: ({ storeId, changeTypeId, itemId }) => storeId !== 2_147_483_647 && changeTypeId !== 5 && itemId !== 12,
  },
  {
    name: 'early',
    dataset: 'inventory_change',
    action: 'warn',
    sql: "date_time < '2000-01-01 00:00:00'",
    holds: () => false,
  },
  // Null, and so a failure, where nobody is named.
  {
    name: 'counted_by',
    dataset: 'inventory_snapshot',
    action: 'quarantine',
    sql: 'employee_id > 0',
    holds: ({ employeeId }) => (employeeId === null ? null : employeeId > 0),
  },
  {
    name: 'not_twelve',
    dataset: 'inventory_snapshot',
    action: 'drop',
    sql: 'item_id != 12',
    holds: ({ itemId }) => itemId !== 12,
  },
] as const satisfies readonly (OracleExpectation & { readonly sql: string })[];

test('the oracles agree on expectations', async () => {
  const truth = await write(oddLog(4, 4000), { expectations: EXPECTATIONS });
  expect(await explainDifferences(store, 5, { expectations: EXPECTATIONS })).toEqual([]);
  expect([...rulesOf(truth)]).toEqual(expect.arrayContaining(['few', 'divides', 'counted_by']));
  expect((await audit(store)).differences).toBeGreaterThan(0);
});

describe('records that waited for reference data', () => {
  const LATER: Reference = { ...REFERENCE, stores: new Map([...REFERENCE.stores, [99, 'new']]) };
  const sale = (storeId: number, more = ''): string =>
    `{"trans_id":"w","store_id":${storeId},"date_time":"2011-03-01 10:00:00","change_type_id":1,"items":[{"item_id":10,"quantity":-2}]${more}}`;
  const COUNT =
    '{"store_id":99,"date_time":"2011-03-01 06:00:00","employee_id":7,"items":[{"item_id":10,"quantity":50}]}';
  const [waiting, between, replay] = records(CHANGE_TOPIC, [
    sale(99),
    sale(99, ',"note":"later, valid at once"'),
    sale(99),
  ]);
  const [count] = records(SNAPSHOT_TOPIC, [COUNT]);
  const waited = new Map([[positionOf(waiting!), ['unknown_store']]]);

  const settle = async (log: readonly BronzeRecord[], replayedAt?: number): Promise<Truth> => {
    const truth = naiveOracle(log, LATER, { waited });
    await writeLog(store, log);
    await writeReference(store, LATER);
    await writeGold(store, [...truth.gold.values()]);
    await writeQuarantine(store, [...truth.quarantine.values()]);
    if (replayedAt !== undefined) {
      await writeQuarantine(store, [truth.quarantine.get(positionOf(waiting!))!], { replayedAt, revision: 1 });
    }
    return truth;
  };

  test('stay out at their own position, and count where they were sent again', async () => {
    const truth = await settle([waiting!, between!, replay!, count!], NOON);
    expect(await explainDifferences(store, 5)).toEqual([]);
    expect(truth).toMatchObject({ duplicates: 1 });
    expect(truth.gold.get('99|10')).toMatchObject({ changeQuantity: -2 });
  });

  test('are reported while they could be sent again', async () => {
    await settle([waiting!, between!, count!]);
    expect(await explainDifferences(store, 5)).toMatchObject([{ what: 'quarantine', expected: /replay_is_due/ }]);
  });

  test('are reported when they were sent again and never came', async () => {
    await settle([waiting!, between!, count!], NOON);
    expect(await explainDifferences(store, 5)).toMatchObject([{ what: 'replay' }]);
  });

  test('are no concern while the reference data lacks them', async () => {
    await settle([waiting!, between!, count!]);
    await emptyTables(store);
    await write([waiting!, between!, count!]);
    expect(await explainDifferences(store, 5)).toEqual([]);
  });
});

const retail = readOnlineRetail();
if (retail === undefined) console.log('auditor: skipped the real data, ../shared/data/online-retail is not there');

test.skipIf(retail === undefined)('both oracles find the inventory of the real retailer', async () => {
  const { records: log, reference, expected } = retail!;
  const truth = naiveOracle(log, reference);
  expect([...truth.gold.values()].toSorted(byPair)).toEqual(expected.toSorted(byPair));
  await writeLog(store, log);
  await writeReference(store, reference);
  await writeGold(store, expected);
  expect(await audit(store)).toEqual({ rows: 40_071, differences: 0 });
});

type Pair = { readonly storeId: number; readonly itemId: number };
const byPair = (one: Pair, other: Pair): number => one.storeId - other.storeId || one.itemId - other.itemId;
