import { INVENTORY_CHANGE, QUARANTINE } from '@tillstream/inventory';
import type { StageOutput } from '@tillstream/runtime';
import { describe, expect, test, vi } from 'vitest';
import { change, changes, count, counts, NOW, SENT_AT } from './testing/records.ts';
import { FakeTables, figuresOf, rowsOf, startSilver } from './testing/silver.ts';

vi.setConfig({ testTimeout: 30_000 });

const fates = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) => [row['trans_id'], row['item_id'], row['quantity']]);

describe('quarantine', () => {
  const BAD = Buffer.from([0xff, 0x00, 0x22]);

  test('has one row a record, with its bytes, all of its rules and its broken entries', async () => {
    const { work } = await startSilver();
    const broken = change('A', [
      [1, 1],
      [2 ** 31, 1],
      [2, 0.5],
    ]);
    const output = await work(
      changes([broken, change('', [], { store_id: 'x' }), BAD, null], { partition: 2, offset: 5 }),
    );
    const place = { source_topic: 'pos.inventory-change', source_partition: 2, source_path: '', source_row: 0 };
    const rest = { record_timestamp: SENT_AT, key: 'key', quarantined_at: NOW, replayed_at: null, revision: 0 };
    expect(rowsOf(output, QUARANTINE)).toEqual([
      {
        ...place,
        ...rest,
        source_offset: 5,
        rules: ['invalid_quantity', 'number_out_of_range'],
        lines: [1, 2],
        value: JSON.stringify(broken),
      },
      {
        ...place,
        ...rest,
        source_offset: 6,
        rules: ['invalid_store_id', 'invalid_trans_id', 'no_items'],
        lines: [],
        value: expect.any(String),
      },
      { ...place, ...rest, source_offset: 7, rules: ['invalid_utf8'], lines: [], value: BAD.toString() },
      { ...place, ...rest, source_offset: 8, rules: ['empty_message'], lines: [], value: '' },
    ]);
    const block = [...output.firstTables, ...output.tables].find(({ table }) => table === QUARANTINE)!;
    expect(Buffer.from(block.bytes).includes(Buffer.concat([Buffer.from([3]), BAD]))).toBe(true);
    expect(fates(rowsOf(output, INVENTORY_CHANGE))).toEqual([['A', 1, 1]]);
    expect(figuresOf(output)).toMatchObject({
      'rows_quarantined quarantine invalid_quantity': 1,
      'rows_quarantined quarantine invalid_utf8': 1,
      'rows_quarantined quarantine empty_message': 1,
    });
  });

  test('is written before what counts when a record waits for reference data, else beside it', async () => {
    const { work } = await startSilver();
    const tablesOf = (blocks: StageOutput['tables']): readonly string[] => blocks.map(({ table }) => table.name);
    const waiting = await work(changes([change('A', [[1, 1]], { store_id: 77 }), change('B', [[1, 1]]), 'x']));
    expect([tablesOf(waiting.firstTables), tablesOf(waiting.tables)]).toEqual([['quarantine'], ['inventory_change']]);
    const broken = await work(changes([change('C', [[1, 1]]), 'x'], { offset: 3 }));
    expect([tablesOf(broken.firstTables), tablesOf(broken.tables)]).toEqual([[], ['inventory_change', 'quarantine']]);
  });

  test('takes counts and transactions of one turn, each from its own place', async () => {
    const { work } = await startSilver();
    const output = await work(
      changes(['x'], { offset: 1 }),
      counts(['y', count([[1, 1]]), 'z'], { partition: 3, offset: 8 }),
      changes(['w'], { partition: 2, offset: 4 }),
    );
    const rows = rowsOf(output, QUARANTINE).map((row) => [
      row['source_topic'],
      row['source_partition'],
      row['source_offset'],
      row['value'],
    ]);
    expect(rows).toEqual([
      ['pos.inventory-snapshot', 3, 8, 'y'],
      ['pos.inventory-snapshot', 3, 10, 'z'],
      ['pos.inventory-change', 0, 1, 'x'],
      ['pos.inventory-change', 2, 4, 'w'],
    ]);
  });

  test('of very many lines of one record takes no longer than the record deserves', async () => {
    const { work } = await startSilver(new FakeTables(), { hotLines: 2 ** 16, filterBytes: 2 ** 20 });
    const items = Array.from({ length: 20_000 }, (_, id) => [id, 1] as const);
    await work(changes([change('A', items)]));
    const startedAt = performance.now();
    const output = await work(changes([change('A', items, { date_time: '2011-03-01 10:16:00' })], { offset: 1 }));
    expect((rowsOf(output, QUARANTINE)[0]!['lines'] as readonly number[]).length).toBe(20_000);
    // Some 200 ms; reading the record again for each of its lines took minutes.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
