import {
  blockPartition,
  INVENTORY_CHANGE,
  INVENTORY_SNAPSHOT,
  MAX_BLOCK_ROWS,
  QUARANTINE,
} from '@tillstream/inventory';
import { describe, expect, test, vi } from 'vitest';
import { change, changes, count, counts, NOW, SENT_AT } from './testing/records.ts';
import { blockRows, FakeTables, figuresOf, REFERENCE, rowsOf, startSilver } from './testing/silver.ts';

vi.setConfig({ testTimeout: 30_000 });

const MOMENT = Date.UTC(2011, 2, 1, 10, 15);
const fates = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) => [row['trans_id'], row['item_id'], row['quantity']]);

describe('a transaction', () => {
  test('becomes rows of inventory_change and rows of blocks', async () => {
    const { work } = await startSilver();
    const record = change(
      'Ä-1',
      [
        [1, -2],
        [3, 5],
      ],
      { change_type_id: 1, store_id: 20, till: 4 },
    );
    const output = await work(changes([record], { partition: 6, offset: 2 ** 40 + 1 }));
    const shared = {
      store_id: 20,
      trans_id: 'Ä-1',
      date_time: MOMENT,
      change_type_id: 1,
      off_shelf: 0,
      rescued_data: '{"till":4}',
    };
    const rows = rowsOf(output, INVENTORY_CHANGE);
    expect(rows).toMatchObject([
      {
        ...shared,
        item_id: 1,
        quantity: -2,
        source_partition: 6,
        source_offset: 2 ** 40 + 1,
        block_partition: blockPartition(20, 1, 4),
      },
      {
        ...shared,
        item_id: 3,
        quantity: 5,
        source_partition: 6,
        source_offset: 2 ** 40 + 1,
        block_partition: blockPartition(20, 3, 4),
      },
    ]);
    const published = blockRows(output).toSorted((one, other) => one.itemId - other.itemId);
    expect(published).toMatchObject(
      [
        [1, -2],
        [3, 5],
      ].map(([itemId, quantity]) => ({
        topic: 'pos.silver.inventory',
        partition: blockPartition(20, itemId!, 4),
        publishedAt: NOW,
        encoding: 'row-binary-2',
        kind: 'change',
        storeId: 20,
        itemId,
        dateTime: MOMENT,
        quantity,
        changeTypeId: 1,
        source: `6@${2 ** 40 + 1}:0`,
        recordTimestamp: SENT_AT,
      })),
    );
    expect(published.map((row) => row.identityHigh * 2 ** 32 + row.identityLow)).toEqual(
      rows.map((row) => row['identity_hash']),
    );
    expect(figuresOf(output)).toEqual({ 'records_read pos.inventory-change': 1, 'rows_written inventory_change': 2 });
  });

  test.each([
    ['a pick-up booked in the online store', 20, 2, 'off-shelf'],
    ['a pick-up in the store that hands it out', 19, 2, 'change'],
    ['a sale in the online store', 20, 1, 'change'],
  ])('says whose shelf it leaves: %s', async (_, storeId, changeTypeId, kind) => {
    const { work } = await startSilver();
    const record = change('A', [[1, -1]], { store_id: storeId, change_type_id: changeTypeId });
    const output = await work(changes([record]));
    expect(blockRows(output)).toMatchObject([{ kind }]);
    expect(rowsOf(output, INVENTORY_CHANGE)).toMatchObject([{ off_shelf: kind === 'change' ? 0 : 1 }]);
  });

  test('has a version that is the greater the earlier it stands in the log', async () => {
    const { work } = await startSilver();
    const versions: bigint[] = [];
    for (const place of [
      { offset: 0 },
      { offset: 1 },
      { offset: 2 ** 32 },
      { offset: 2 ** 48 - 1 },
      { partition: 1 },
      { partition: 65535 },
    ]) {
      const output = await work(changes([change(`T-${versions.length}`, [[1, 1]])], place));
      const { bytes } = output.tables[0]!;
      versions.push(Buffer.from(bytes).readBigUInt64LE(bytes.length - 8));
    }
    expect(versions[0]).toBe(2n ** 64n - 1n);
    expect(versions[1]).toBe(2n ** 64n - 2n);
    expect(versions[4]).toBe(2n ** 64n - 1n - 2n ** 48n);
    expect(versions).toEqual(versions.toSorted((one, other) => (one > other ? -1 : 1)));
  });

  test('is added up by item', async () => {
    const { work } = await startSilver();
    const output = await work(
      changes([
        change('A', [
          [1, -2],
          [2, 1],
          [1, -3],
        ]),
      ]),
    );
    expect(fates(rowsOf(output, INVENTORY_CHANGE))).toEqual([
      ['A', 1, -5],
      ['A', 2, 1],
    ]);
  });
});

describe('a count', () => {
  test('becomes a row of inventory_snapshot and a row of a block for each entry', async () => {
    const { work } = await startSilver();
    const output = await work(
      counts(
        [
          count([
            [1, 120],
            [1, 4],
          ]),
          count([[2, 0]], { employee_id: null }),
        ],
        { partition: 3, offset: 9 },
      ),
    );
    const at = { store_id: 19, date_time: Date.UTC(2011, 2, 1, 6), source_partition: 3 };
    expect(rowsOf(output, INVENTORY_SNAPSHOT)).toEqual([
      {
        ...at,
        item_id: 1,
        employee_id: 7,
        quantity: 120,
        source_offset: 9,
        source_line: 0,
        block_partition: blockPartition(19, 1, 4),
      },
      {
        ...at,
        item_id: 1,
        employee_id: 7,
        quantity: 4,
        source_offset: 9,
        source_line: 1,
        block_partition: blockPartition(19, 1, 4),
      },
      {
        ...at,
        item_id: 2,
        employee_id: null,
        quantity: 0,
        source_offset: 10,
        source_line: 0,
        block_partition: blockPartition(19, 2, 4),
      },
    ]);
    const published = blockRows(output).map(({ kind, itemId, quantity, source, changeTypeId }) =>
      [kind, itemId, quantity, source, changeTypeId].join(' '),
    );
    // Their order is that of partitions.
    expect(new Set(published)).toEqual(new Set(['count 1 120 3@9:0 0', 'count 1 4 3@9:1 0', 'count 2 0 3@10:0 0']));
    expect(figuresOf(output)).toEqual({
      'records_read pos.inventory-snapshot': 2,
      'rows_written inventory_snapshot': 3,
    });
  });

  test('comes before the changes of its turn in their block', async () => {
    const { work } = await startSilver();
    const output = await work(changes([change('A', [[1, -1]])]), counts([count([[1, 5]])]));
    expect(blockRows(output).map(({ kind }) => kind)).toEqual(['count', 'change']);
  });
});

describe('reference data', () => {
  test('is read on assignment, and again when it is asked for', async () => {
    const tables = new FakeTables();
    const { stage, work } = await startSilver(tables);
    const record = change('A', [[1, 1]], { store_id: 77 });
    expect(rowsOf(await work(changes([record])), QUARANTINE)).toMatchObject([{ rules: ['unknown_store'] }]);
    tables.reference = async () => ({ ...REFERENCE, storeNames: new Map([[77, 'new']]) });
    await stage.reloadReference(async () => undefined);
    expect(stage.reference.storeNames.get(77)).toBe('new');
    expect(fates(rowsOf(await work(changes([record], { offset: 1 })), INVENTORY_CHANGE))).toEqual([['A', 1, 1]]);
  });
});

test('new reference data is used when the group has confirmed the worker, not before', async () => {
  const tables = new FakeTables();
  const { stage, work } = await startSilver(tables);
  const record = change('A', [[1, 1]], { store_id: 77 });
  tables.reference = async () => ({ ...REFERENCE, storeNames: new Map([[77, 'new']]) });
  const confirmed = Promise.withResolvers<void>();
  const reloading = stage.reloadReference(async () => confirmed.promise);
  expect(rowsOf(await work(changes([record])), QUARANTINE)).toMatchObject([{ rules: ['unknown_store'] }]);
  confirmed.resolve();
  await reloading;
  expect(fates(rowsOf(await work(changes([record], { offset: 1 })), INVENTORY_CHANGE))).toEqual([['A', 1, 1]]);
});

test('what was read of the reference data earlier does not take the place of what was read later', async () => {
  const tables = new FakeTables();
  const { stage } = await startSilver(tables);
  const generations = [new Map([[77, 'first']]), new Map([[77, 'second']])];
  tables.reference = async () => ({ ...REFERENCE, storeNames: generations.shift()! });
  const confirmed = Promise.withResolvers<void>();
  const reloads = [stage.reloadReference(async () => confirmed.promise), stage.reloadReference(async () => undefined)];
  confirmed.resolve();
  await Promise.all(reloads);
  expect(stage.reference.storeNames.get(77)).toBe('second');
});

describe('a turn', () => {
  test('writes nothing of the turn before it', async () => {
    const { work } = await startSilver();
    await work(changes([change('A', [[1, 1]]), 'x']), counts([count([[1, 1]])]));
    const output = await work(changes([]));
    expect([output.tables, output.publish]).toEqual([[], []]);
  });

  test('splits a block that would be too large', async () => {
    const { work } = await startSilver(new FakeTables(), {
      blockPartitions: 1,
      hotLines: 2 ** 15,
      filterBytes: 2 ** 20,
    });
    const rows = MAX_BLOCK_ROWS + 5;
    const output = await work(
      changes([
        change(
          'A',
          Array.from({ length: rows }, (_, id) => [id, 1] as const),
        ),
      ]),
    );
    expect(output.publish.map((batch) => batch.count)).toEqual([2]);
    expect(blockRows(output).map(({ itemId }) => itemId)).toEqual([...Array(rows).keys()]);
  });

  test('counts lines that are late and clocks that run ahead, partition by partition', async () => {
    const { stage, work } = await startSilver();
    const at = (transId: string, time: string, store = 19) =>
      change(transId, [[1, 1]], { date_time: time, store_id: store });
    const output = await work(
      changes([at('A', '2011-03-01 10:00:00'), at('B', '2011-03-01 08:59:59'), at('C', '2011-03-01 09:00:00')]),
      changes([at('D', '2011-02-01 09:00:00', 20)], { partition: 1 }),
    );
    expect(figuresOf(output)).toMatchObject({ 'rows_late inventory_change': 1 });
    expect(stage.punctuality).toEqual([{ storeId: 19, late: 1, ahead: 0 }]);
  });
});
