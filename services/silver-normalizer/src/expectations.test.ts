import { INVENTORY_CHANGE, INVENTORY_SNAPSHOT, QUARANTINE, type Action, type Expectation } from '@tillstream/inventory';
import { UserError } from '@tillstream/runtime';
import { describe, expect, test } from 'vitest';
import { change, changes, count, counts } from './testing/records.ts';
import { blockRows, FakeTables, figuresOf, rowsOf, startSilver } from './testing/silver.ts';

/** Holds for quantities below 5, does not for greater ones, and nobody knows for 5. */
const small = (dataset: 'inventory_change' | 'inventory_snapshot', action: Action, name = 'small'): Expectation =>
  ({
    name,
    dataset,
    action,
    comment: 'for tests',
    holds: ({ quantity }: { readonly quantity: number }) => (quantity === 5 ? null : quantity < 5),
    sql: 'quantity < 5',
  }) as Expectation;

async function withExpectations(...expectations: readonly Expectation[]) {
  return startSilver(new FakeTables(), { expectations });
}

const KINDS = [
  [
    'inventory_change',
    INVENTORY_CHANGE,
    changes([
      change('A', [
        [1, 4],
        [2, 6],
        [3, 1],
        [2, 3],
      ]),
      change('B', [[4, 5]]),
    ]),
  ],
  [
    'inventory_snapshot',
    INVENTORY_SNAPSHOT,
    counts([
      count([
        [1, 4],
        [2, 9],
      ]),
      count([[3, 5]]),
    ]),
  ],
] as const;

describe.each(KINDS)('an expectation of %s', (dataset, table, batch) => {
  const passed = `expectation_passed ${dataset} small`;
  const failed = `expectation_failed ${dataset} small`;
  const itemsOf = (rows: ReturnType<typeof rowsOf>) => rows.map((row) => row['item_id']);
  const allItems = dataset === 'inventory_change' ? [1, 2, 3, 4] : [1, 2, 3];
  const fine = dataset === 'inventory_change' ? [1, 3] : [1];

  test('with warn keeps what fails, and counts it; null is a failure', async () => {
    const { work } = await withExpectations(small(dataset, 'warn'));
    const output = await work(batch);
    expect(itemsOf(rowsOf(output, table))).toEqual(allItems);
    expect(figuresOf(output)).toMatchObject({ [passed]: fine.length, [failed]: 2 });
    expect(rowsOf(output, QUARANTINE)).toEqual([]);
  });

  test('with drop leaves out what fails, and counts it', async () => {
    const { work } = await withExpectations(small(dataset, 'drop'));
    const output = await work(batch);
    expect(itemsOf(rowsOf(output, table))).toEqual(fine);
    expect(blockRows(output)).toHaveLength(fine.length);
    expect(figuresOf(output)).toMatchObject({
      [failed]: 2,
      [`rows_dropped ${dataset} small`]: 2,
      [`rows_written ${dataset}`]: fine.length,
    });
    expect(rowsOf(output, QUARANTINE)).toEqual([]);
  });

  test('with quarantine leaves out what fails, and keeps it under the name of the rule', async () => {
    const { work } = await withExpectations(small(dataset, 'quarantine'));
    const output = await work(batch);
    expect(itemsOf(rowsOf(output, table))).toEqual(fine);
    const lines = dataset === 'inventory_change' ? [1, 3] : [1];
    expect(rowsOf(output, QUARANTINE)).toMatchObject([
      { source_offset: 0, rules: ['small'], lines },
      { source_offset: 1, rules: ['small'], lines: [0] },
    ]);
    expect(figuresOf(output)).toMatchObject({ 'rows_quarantined quarantine small': 2 });
  });

  test('with fail stops the worker before anything is written, and says what failed', async () => {
    const { work } = await withExpectations(small(dataset, 'fail'));
    await expect(work(batch)).rejects.toThrow(UserError);
    await expect(work(batch)).rejects.toThrow(
      new RegExp(`expectation small of ${dataset} failed for \\{.*"itemId":2,"quantity":9.*correct the source`),
    );
  });

  test('does not look at the rows of the other dataset', async () => {
    const other = dataset === 'inventory_change' ? 'inventory_snapshot' : 'inventory_change';
    const { work } = await withExpectations(small(other, 'fail'));
    expect(itemsOf(rowsOf(await work(batch), table))).toEqual(allItems);
  });
});

describe('expectations', () => {
  test('are all checked, and a row that fails several goes to quarantine under all of their names', async () => {
    const { work } = await withExpectations(
      small('inventory_change', 'quarantine', 'one'),
      small('inventory_change', 'drop', 'two'),
      small('inventory_change', 'quarantine', 'three'),
    );
    const output = await work(
      changes([
        change('A', [
          [1, 9],
          [2, 1],
        ]),
      ]),
    );
    expect(rowsOf(output, QUARANTINE)).toMatchObject([{ rules: ['one', 'three'], lines: [0] }]);
    expect(rowsOf(output, INVENTORY_CHANGE)).toHaveLength(1);
    expect(figuresOf(output)).toMatchObject({ 'expectation_failed inventory_change two': 1 });
  });

  test('join the rules that the record broke already in its one row', async () => {
    const { work } = await withExpectations(small('inventory_change', 'quarantine'));
    const output = await work(
      changes([
        change('A', [
          [1, 0.5],
          [2, 9],
          [3, 1],
        ]),
      ]),
    );
    expect(rowsOf(output, QUARANTINE)).toMatchObject([{ rules: ['invalid_quantity', 'small'], lines: [0, 1] }]);
  });

  test('are checked on the folded line', async () => {
    const { work } = await withExpectations(small('inventory_change', 'quarantine'));
    const output = await work(
      changes([
        change('A', [
          [1, 4],
          [1, 4],
          [2, 9],
          [2, -9],
        ]),
      ]),
    );
    expect(rowsOf(output, INVENTORY_CHANGE).map((row) => row['item_id'])).toEqual([2]);
    expect(rowsOf(output, QUARANTINE)).toMatchObject([{ lines: [0, 1] }]);
  });

  test('are checked before duplicates: what they leave out is no original', async () => {
    const { work } = await withExpectations(small('inventory_change', 'quarantine'));
    const output = await work(
      changes([change('A', [[1, 9]]), change('A', [[1, 2]]), change('A', [[1, 2]]), change('A', [[1, 3]])]),
    );
    expect(rowsOf(output, INVENTORY_CHANGE)).toMatchObject([{ source_offset: 1, quantity: 2 }]);
    expect(rowsOf(output, QUARANTINE)).toMatchObject([
      { source_offset: 0, rules: ['small'] },
      { source_offset: 3, rules: ['conflicting_duplicate'] },
    ]);
    expect(figuresOf(output)).toMatchObject({ 'rows_duplicate inventory_change': 1 });
  });
});
