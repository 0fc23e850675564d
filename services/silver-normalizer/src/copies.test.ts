import { INVENTORY_CHANGE, QUARANTINE, type Reference } from '@tillstream/inventory';
import { describe, expect, test } from 'vitest';
import { change, changes } from './testing/records.ts';
import { blockRows, FakeTables, figuresOf, REFERENCE, rowsOf, startSilver } from './testing/silver.ts';

const WITH_STORE_77: Reference = { ...REFERENCE, storeNames: new Map([...REFERENCE.storeNames, [77, 'new']]) };

const fates = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) => [row['trans_id'], row['item_id'], row['quantity']]);

describe('a copy', () => {
  test('is dropped and counted; one with other content goes to quarantine, wherever it comes', async () => {
    const { work } = await startSilver();
    const first = await work(
      changes([
        change('A', [
          [1, 1],
          [2, 2],
        ]),
        change('A', [[1, 1]]),
        change('A', [[2, 9]]),
      ]),
    );
    expect(fates(rowsOf(first, INVENTORY_CHANGE))).toEqual([
      ['A', 1, 1],
      ['A', 2, 2],
    ]);
    expect(figuresOf(first)).toMatchObject({
      'rows_duplicate inventory_change': 1,
      'rows_conflicting inventory_change': 1,
    });
    const second = await work(
      changes(
        [
          change('A', [
            [2, 2],
            [1, 7],
            [3, 1],
            [1, 0],
          ]),
        ],
        { offset: 3 },
      ),
    );
    expect(fates(rowsOf(second, INVENTORY_CHANGE))).toEqual([['A', 3, 1]]);
    expect(rowsOf(second, QUARANTINE)).toMatchObject([
      { source_offset: 3, rules: ['conflicting_duplicate'], lines: [1, 3] },
    ]);
    expect(blockRows(second)).toHaveLength(1);
  });

  test('is found in the tables when memory does not reach', async () => {
    const { tables, work } = await startSilver(new FakeTables(), { hotLines: 1 });
    await work(changes([change('A', [[1, 1]]), change('B', [[1, 1]]), change('C', [[1, 1]])]));
    expect(tables.lookUps).toBe(0);
    const output = await work(
      changes([change('A', [[1, 1]]), change('B', [[1, 2]]), change('D', [[1, 1]])], { offset: 3 }),
    );
    expect(tables.lookUps).toBe(1);
    expect(fates(rowsOf(output, INVENTORY_CHANGE))).toEqual([['D', 1, 1]]);
    expect(figuresOf(output)).toMatchObject({
      'rows_duplicate inventory_change': 1,
      'rows_conflicting inventory_change': 1,
      'cold_look_ups inventory_change': 2,
      'rows_quarantined quarantine conflicting_duplicate': 1,
    });
  });

  test('is told from its original after a crash: the original is written and published again', async () => {
    const { tables, work } = await startSilver();
    const log = [change('A', [[1, 1]]), change('A', [[1, 1]]), change('A', [[1, 2]]), change('B', [[1, 1]])];
    const before = await work(changes(log));
    const later = await startSilver(tables, { seed: 2, hotLines: 1, filterBytes: 64 });
    const again = await later.work(changes(log), changes([change('A', [[1, 1]])], { partition: 1 }));
    expect(rowsOf(again, INVENTORY_CHANGE)).toEqual(rowsOf(before, INVENTORY_CHANGE));
    expect(blockRows(again)).toEqual(blockRows(before));
    expect(rowsOf(again, QUARANTINE)).toMatchObject([{ source_offset: 2, rules: ['conflicting_duplicate'] }]);
    expect(figuresOf(again)).toMatchObject({ 'duplicates_cross_partition inventory_change': 1 });
  });

  test('of a record that was set aside counts instead of it, also when both are read again by newer reference data', async () => {
    const { tables, work } = await startSilver();
    const log = [change('A', [[1, 1]], { store_id: 77 }), change('A', [[1, 2]])];
    const before = await work(changes(log));
    expect(rowsOf(before, QUARANTINE)).toMatchObject([{ source_offset: 0, rules: ['unknown_store'] }]);
    tables.reference = async () => WITH_STORE_77;
    const later = await startSilver(tables, { seed: 2 });
    const again = await later.work(changes(log));
    expect(rowsOf(again, INVENTORY_CHANGE)).toEqual(rowsOf(before, INVENTORY_CHANGE));
    expect(blockRows(again)).toEqual(blockRows(before));
    expect(rowsOf(again, QUARANTINE)).toEqual([]);
    const sentAgain = await later.work(changes([log[0]!], { offset: 2 }));
    expect(rowsOf(sentAgain, QUARANTINE)).toMatchObject([{ source_offset: 2, rules: ['conflicting_duplicate'] }]);
  });

  test('is dropped when its original was set aside by somebody who knew less than the one who has stored it', async () => {
    const { tables, work: setAside } = await startSilver();
    tables.reference = async () => WITH_STORE_77;
    const log = [change('A', [[1, 1]], { store_id: 77 })];
    const accepted = await (await startSilver(tables, { seed: 2 })).work(changes(log));
    await setAside(changes(log));
    const later = await startSilver(tables, { seed: 3 });
    const again = await later.work(changes([...log, ...log]));
    expect(blockRows(again)).toEqual(blockRows(accepted));
    expect(figuresOf(again)).toMatchObject({ 'rows_duplicate inventory_change': 1 });
  });

  test('is known by a worker that begins behind its original', async () => {
    const { tables, work } = await startSilver();
    await work(changes([change('A', [[1, 1]]), change('B', [[1, 1]])]));
    const later = await startSilver(tables, { seed: 2 });
    const copies = [change('A', [[1, 1]]), change('B', [[1, 2]]), change('C', [[1, 1]])];
    const output = await later.work(changes(copies, { offset: 2 }));
    expect(fates(rowsOf(output, INVENTORY_CHANGE))).toEqual([['C', 1, 1]]);
    expect(figuresOf(output)).toMatchObject({
      'rows_duplicate inventory_change': 1,
      'rows_conflicting inventory_change': 1,
      'cold_look_ups inventory_change': 2,
    });
  });
});
