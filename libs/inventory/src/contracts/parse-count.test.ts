import { describe, expect, test } from 'vitest';
import { countText, type RawFields } from './testing/messages.ts';
import { judgeCount, SENT_AT } from './testing/parse.ts';

const DAY = 86_400_000;
const at = (moment: number): string => JSON.stringify(new Date(moment).toISOString());

describe('a count record', () => {
  test('becomes one count an entry, with its values', () => {
    const text = countText({ items: '[{"item_id":5,"quantity":120},{"item_id":-6,"quantity":-1}]' });
    const shared = { storeId: 19, dateTime: Date.UTC(2011, 2, 1, 6), employeeId: 1019 };
    expect(judgeCount(text)).toEqual({
      rows: [
        { index: 0, itemId: 5, quantity: 120, ...shared },
        { index: 1, itemId: -6, quantity: -1, ...shared },
      ],
      rules: [],
      brokenEntries: [],
    });
  });

  test('is not folded: an item that is counted twice has two counts', () => {
    const items = '[{"item_id":5,"quantity":1},{"item_id":5,"quantity":2},{"item_id":5,"quantity":2147483647}]';
    expect(judgeCount(countText({ items })).rows.map(({ index, quantity }) => [index, quantity])).toEqual([
      [0, 1],
      [1, 2],
      [2, 2147483647],
    ]);
  });

  test('may have unknown fields, which nobody keeps', () => {
    const source = '{"path":"a.csv","etag":"x","row":1}';
    const items = '[{"item_id":5,"quantity":120,"shelf":4}]';
    expect(judgeCount(countText({ source, trans_id: '""', change_type_id: '1.5', items }))).toEqual(
      judgeCount(countText({ items: '[{"item_id":5,"quantity":120}]' })),
    );
  });

  test('keeps the numbers of its entries when some are broken', () => {
    const items = '[7,{"item_id":5,"quantity":1},{"item_id":"5","quantity":2147483648},{"item_id":6,"quantity":2}]';
    expect(judgeCount(countText({ items }))).toMatchObject({
      rows: [
        { index: 1, itemId: 5 },
        { index: 3, itemId: 6 },
      ],
      rules: ['invalid_item', 'invalid_item_id', 'number_out_of_range'],
      brokenEntries: [0, 2],
    });
  });

  test.each([
    ['missing', undefined, null],
    ['null', 'null', null],
    ['the largest', '2147483647', 2147483647],
    ['the smallest', '-2147483648', -2147483648],
    ['integral', '7.0', 7],
  ])('an employee_id may be %s', (_, employee, expected) => {
    const text = countText({ employee_id: employee });
    expect(judgeCount(text)).toMatchObject({ rows: [{ employeeId: expected }], rules: [] });
  });

  test.each<readonly [string, string, RawFields]>([
    ['an employee_id above Int32', 'invalid_employee_id', { employee_id: '2147483648' }],
    ['an employee_id that is a text', 'invalid_employee_id', { employee_id: '"7"' }],
    ['an empty employee_id', 'invalid_employee_id', { employee_id: '""' }],
    ['an employee_id with a fraction', 'invalid_employee_id', { employee_id: '7.5' }],
    ['an employee_id of false', 'invalid_employee_id', { employee_id: 'false' }],
    ['a missing store_id', 'invalid_store_id', { store_id: undefined }],
    ['a store_id that is a text', 'invalid_store_id', { store_id: '"19"' }],
    ['a store_id above Int32', 'number_out_of_range', { store_id: '2147483648' }],
    ['a missing date_time', 'invalid_date_time', { date_time: undefined }],
    ['missing items', 'no_items', { items: undefined }],
    ['empty items', 'no_items', { items: '[]' }],
    ['a moment more than a day ahead', 'future_date_time', { date_time: at(SENT_AT + DAY + 1) }],
    ['a store that nobody knows', 'unknown_store', { store_id: '21' }],
  ])('%s breaks %s', (_, rule, fields) => {
    expect(judgeCount(countText(fields))).toEqual({ rows: [], rules: [rule], brokenEntries: [] });
  });

  test('may be exactly a day ahead', () => {
    expect(judgeCount(countText({ date_time: at(SENT_AT + DAY) })).rules).toEqual([]);
  });

  test('names every broken rule of a group, and none of a later one', () => {
    const text = countText({ store_id: '1.5', employee_id: '{}', date_time: '7', items: '{}' });
    expect(judgeCount(text).rules).toEqual([
      'invalid_date_time',
      'invalid_employee_id',
      'invalid_store_id',
      'no_items',
    ]);
    expect(judgeCount(countText({ store_id: '21', date_time: at(SENT_AT * 2) })).rules).toEqual([
      'future_date_time',
      'unknown_store',
    ]);
    expect(judgeCount(countText({ store_id: '21', employee_id: '""' })).rules).toEqual(['invalid_employee_id']);
  });
});
