import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { PartitionStock, type ChangeRow, type CountRow } from './partition-stock.ts';
import { formula, STORE, StockRun, type Row, type Step } from './testing/stock-run.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Everything about a row but its place in the log. Few moments, so that ties are common. */
const draft = fc.record({
  kind: fc.constantFrom('change', 'change', 'change', 'count'),
  itemId: fc.integer({ min: 1, max: 2 }),
  dateTime: fc.integer({ min: 0, max: 12 }),
  quantity: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31))),
  partition: fc.nat({ max: 1 }),
  excluded: fc.constantFrom(false, false, false, false, true),
});
type Draft = typeof draft extends fc.Arbitrary<infer Value> ? Value : never;

function toRows(drafts: readonly Draft[]): readonly Row[] {
  return drafts.map(({ kind, itemId, dateTime, quantity, partition, excluded }, number): Row => {
    const shared = { storeId: STORE, itemId, dateTime, quantity, sourcePartition: partition };
    // Counts of one sheet share an offset; changes of one transaction do too, but not of one item.
    if (kind === 'count') return { kind, ...shared, sourceOffset: number >> 2, sourceLine: number & 3 };
    return { kind: 'change', excluded, ...shared, sourceOffset: number, identityHigh: number, identityLow: number % 3 };
  });
}

const recent = fc.constantFrom(1, 2, 3, 5, 8);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }).map((rows): Step => ({ kind: 'store', rows })) },
  {
    weight: 6,
    arbitrary: fc
      .array(fc.array(fc.nat({ max: 999 }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 2 })
      .map((blocks): Step => ({ kind: 'batch', blocks })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(recent, fc.nat({ max: 4 }))
      .map(([room, meanwhile]): Step => ({ kind: 'restart', recent: room, meanwhile })),
  },
);

/** Rows in the order in which they are stored, steps, and the order of the last publication. */
const schedule = fc.array(draft, { minLength: 8, maxLength: 40, size: 'max' }).chain((drafts) => {
  const rows = toRows(drafts);
  const shuffled = fc.shuffledSubarray([...rows], { minLength: rows.length });
  // As silver stores them, partition by partition in the order of the log; or in any order at all.
  return fc.tuple(
    fc.oneof(fc.constant(rows), shuffled),
    fc.shuffledSubarray([...rows.keys()], { minLength: rows.length }),
  );
});

describe('stock of a partition', () => {
  test('equals the formula over the rows it has seen, after every batch and at the end, whatever their order', () => {
    const steps = fc.array(step, { minLength: 8, maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(schedule, recent, steps, ([rows, order], room, all) => {
        const run = new StockRun(rows, room);
        const differences = all.map((one) => run.do(one)).concat(run.finish(order));
        expect(differences.filter((difference) => difference !== undefined)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  test('needs no look-up while its recent changes reach back far enough', () => {
    const published = fc.array(fc.array(fc.nat({ max: 999 }), { minLength: 1, maxLength: 8 }), {
      maxLength: 12,
      size: 'max',
    });
    fc.assert(
      fc.property(schedule, published, ([rows, order], blocks) => {
        const run = new StockRun(rows, 99);
        const differences = [run.do({ kind: 'store', rows: 99 }), run.do({ kind: 'batch', blocks }), run.finish(order)];
        expect([...differences, run.lookUps]).toEqual([undefined, undefined, undefined, 0]);
      }),
      { numRuns: 1000 },
    );
  });

  test('does look up when they do not: schedules with little room reach the store', () => {
    let lookUps = 0;
    for (const [[rows, order], all] of fc.sample(
      fc.tuple(schedule, fc.array(step, { maxLength: 30, size: 'max' })),
      200,
    )) {
      const run = new StockRun(rows, 2);
      for (const one of all) run.do(one);
      run.finish(order);
      lookUps += run.lookUps;
    }
    expect(lookUps).toBeGreaterThan(200);
  });
});

const change = (sourceOffset: number, dateTime: number, quantity: number, itemId = 1): ChangeRow => ({
  storeId: STORE,
  itemId,
  dateTime,
  quantity,
  sourcePartition: 0,
  sourceOffset,
  identityHigh: 7,
  identityLow: sourceOffset,
});
/** A count at a moment; its place in the log is partition, offset and entry. */
const count = (dateTime: number, quantity: number, place: readonly [number, number, number] = [0, 0, 0]): CountRow => ({
  storeId: STORE,
  itemId: 1,
  dateTime,
  quantity,
  sourcePartition: place[0],
  sourceOffset: place[1],
  sourceLine: place[2],
});
const valueOf = (stock: PartitionStock, itemId = 1) => stock.value(stock.keys.keyOf(STORE, itemId));

describe('a key', () => {
  test('has no value without a count, and remembers its changes', () => {
    const stock = new PartitionStock(8);
    stock.applyChange(change(1, 5, -2), 0);
    expect(valueOf(stock)).toBeUndefined();
    stock.applyCount(count(5, 10), 1);
    expect(valueOf(stock)).toEqual({ snapshotQuantity: 10, changeQuantity: -2, dateTime: 5 });
  });

  test('counts changes at the very moment of the count, and none before', () => {
    const stock = new PartitionStock(8);
    stock.applyCount(count(5, 10), 0);
    for (const [offset, time, quantity] of [
      [1, 5, -1],
      [2, 4, -20],
      [3, 6, -300],
    ] as const) {
      stock.applyChange(change(offset, time, quantity), 1);
    }
    expect(valueOf(stock)).toEqual({ snapshotQuantity: 10, changeQuantity: -301, dateTime: 6 });
  });

  test('keeps its value when a row comes again', () => {
    const stock = new PartitionStock(8);
    for (let repeat = 0; repeat < 3; repeat++) {
      stock.applyCount(count(5, 10), repeat);
      stock.applyChange(change(1, 6, -1), repeat);
    }
    expect(valueOf(stock)).toEqual({ snapshotQuantity: 10, changeQuantity: -1, dateTime: 6 });
  });

  test.each([
    ['partition', count(5, 1, [0, 9, 9]), count(5, 2, [1, 0, 0])],
    ['offset', count(5, 1, [0, 1, 9]), count(5, 2, [0, 2, 0])],
    ['entry', count(5, 1, [0, 1, 0]), count(5, 2, [0, 1, 1])],
    ['moment', count(5, 1, [1, 9, 9]), count(6, 2, [0, 0, 0])],
  ])('takes the count of the later %s, in either order', (_, earlier, later) => {
    for (const [first, second] of [
      [earlier, later],
      [later, earlier],
    ] as const) {
      const stock = new PartitionStock(8);
      stock.applyCount(first, 0);
      stock.applyCount(second, 1);
      expect(valueOf(stock)?.snapshotQuantity).toBe(2);
    }
  });

  test('forgets the changes that a newer count has absorbed, and keeps the later ones', () => {
    const stock = new PartitionStock(8);
    stock.applyCount(count(1, 10), 0);
    for (const time of [2, 3, 4, 5]) stock.applyChange(change(time, time, time), 1);
    stock.applyCount(count(4, 100, [0, 1, 0]), 2);
    expect(valueOf(stock)).toEqual({ snapshotQuantity: 100, changeQuantity: 9, dateTime: 5 });
    stock.applyCount(count(6, 7, [0, 2, 0]), 3);
    expect(valueOf(stock)).toEqual({ snapshotQuantity: 7, changeQuantity: 0, dateTime: 6 });
  });

  test('adds up in more than 32 bits', () => {
    const stock = new PartitionStock(8);
    stock.applyCount(count(0, 2 ** 31 - 1), 0);
    for (let offset = 0; offset < 6; offset++) stock.applyChange(change(offset, 1, 2 ** 31 - 1), 1);
    expect(valueOf(stock)?.changeQuantity).toBe(6 * (2 ** 31 - 1));
  });

  test('gets cold when a change may be in its sum already', () => {
    const stock = new PartitionStock(1);
    stock.applyChange(change(5, 1, 1, 1), 0);
    stock.applyChange(change(6, 1, 1, 2), 0);
    expect(stock.forgottenOffsets).toEqual([5]);
    stock.applyChange(change(7, 1, 1, 3), 0);
    expect([...stock.coldKeys]).toEqual([]);
    stock.applyChange(change(6, 1, 1, 3), 0);
    expect([...stock.coldKeys]).toEqual([stock.keys.keyOf(STORE, 3)]);
  });

  test('gets cold when a count reaches back to changes that are no longer held one by one', () => {
    const stock = new PartitionStock(1);
    stock.applyChange(change(1, 5, 1), 0);
    stock.applyChange(change(2, 7, 1), 0);
    stock.applyCount(count(6, 10), 1);
    expect([...stock.coldKeys]).toEqual([]);
    expect(valueOf(stock)).toEqual({ snapshotQuantity: 10, changeQuantity: 1, dateTime: 7 });
    stock.applyChange(change(3, 9, 1), 2);
    stock.applyCount(count(7, 10, [0, 1, 0]), 2);
    expect([...stock.coldKeys]).toEqual([0]);
    stock.restore({
      storeId: STORE,
      itemId: 1,
      count: count(7, 10, [0, 1, 0]),
      settledSum: 1,
      settledLastTime: 7,
      recent: [change(3, 9, 1)],
    });
    expect([...stock.coldKeys]).toEqual([]);
    expect(valueOf(stock)).toEqual({ snapshotQuantity: 10, changeQuantity: 2, dateTime: 9 });
  });

  test('holds each change once after a look-up, also those that it held before', () => {
    const stock = new PartitionStock(3);
    const held = change(9, 8, 1);
    for (const row of [change(1, 5, 1, 2), change(2, 5, 1), held, change(3, 9, 1, 2)]) stock.applyChange(row, 0);
    stock.applyChange(change(1, 5, 1, 1), 0);
    expect([...stock.coldKeys]).toEqual([stock.keys.keyOf(STORE, 1)]);
    const state = { storeId: STORE, itemId: 1, settledSum: 1, settledLastTime: 5 };
    stock.restore({ ...state, count: count(0, 10), recent: [change(2, 5, 1), held] });
    expect(valueOf(stock)).toEqual({ snapshotQuantity: 10, changeQuantity: 3, dateTime: 8 });
    stock.applyCount(count(7, 100, [0, 1, 0]), 1);
    expect(valueOf(stock)).toEqual({ snapshotQuantity: 100, changeQuantity: 1, dateTime: 8 });
  });

  test('is named once a batch, for every row that touches it, and takes the offset of its last block', () => {
    const stock = new PartitionStock(8);
    stock.startBatch();
    stock.applyCount(count(1, 10), 40);
    stock.touch(STORE, 2, 41);
    stock.applyChange(change(1, 0, 1), 42);
    expect(stock.touched.map((key) => [stock.keys.itemId[key], stock.keys.touchedBlock[key]])).toEqual([
      [1, 42],
      [2, 41],
    ]);
    stock.startBatch();
    expect(stock.touched).toEqual([]);
    stock.applyChange(change(1, 0, 1), 43);
    expect(stock.touched).toEqual([stock.keys.keyOf(STORE, 1)]);
  });
});

test('the formula of these tests is that of the contract', () => {
  const rows: readonly Row[] = [
    { kind: 'count', ...count(5, 10, [0, 0, 0]) },
    { kind: 'count', ...count(5, 20, [0, 1, 0]) },
    { kind: 'count', ...count(4, 30, [0, 2, 0]) },
    { kind: 'change', excluded: false, ...change(1, 5, 1) },
    { kind: 'change', excluded: false, ...change(2, 4, 100) },
    { kind: 'change', excluded: true, ...change(3, 9, 1000) },
    { kind: 'change', excluded: false, ...change(4, 8, -3) },
  ];
  expect(formula(rows)).toEqual({ snapshotQuantity: 20, changeQuantity: -2, dateTime: 8 });
  expect(formula(rows.slice(3))).toBeUndefined();
});
