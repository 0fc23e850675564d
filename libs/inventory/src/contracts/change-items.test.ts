import { describe, expect, test, vi } from 'vitest';
import { changeText } from './testing/messages.ts';
import { judgeChange } from './testing/parse.ts';

vi.setConfig({ testTimeout: 60_000 });

const INT32_MAX = 2147483647;
const INT32_MIN = -2147483648;

function judgeItems(...items: readonly string[]) {
  return judgeChange(changeText({ items: `[${items.join(',')}]` }));
}

/** Quantities by item, in order. */
function quantitiesOf(...items: readonly string[]): readonly (readonly [number, number])[] {
  return judgeItems(...items).rows.map(({ itemId, quantity }) => [itemId, quantity]);
}

const item = (id: number, quantity: number, more = ''): string => `{"item_id":${id},"quantity":${quantity}${more}}`;

describe('items of a transaction', () => {
  const BROKEN: readonly (readonly [string, string, string])[] = [
    ['null', 'invalid_item', 'null'],
    ['a number', 'invalid_item', '7'],
    ['a text', 'invalid_item', '"item_id"'],
    ['an array', 'invalid_item', '[{"item_id":1,"quantity":1}]'],
    ['a missing item_id', 'invalid_item_id', '{"quantity":1}'],
    ['an item_id of null', 'invalid_item_id', '{"item_id":null,"quantity":1}'],
    ['an item_id that is a text', 'invalid_item_id', '{"item_id":"1","quantity":1}'],
    ['an item_id with a fraction', 'invalid_item_id', '{"item_id":1.5,"quantity":1}'],
    ['an item_id above Int32', 'number_out_of_range', item(INT32_MAX + 1, 1)],
    ['an item_id below Int32', 'number_out_of_range', item(INT32_MIN - 1, 1)],
    ['a missing quantity', 'invalid_quantity', '{"item_id":1}'],
    ['a quantity that is a truth value', 'invalid_quantity', '{"item_id":1,"quantity":true}'],
    ['a quantity with a fraction', 'invalid_quantity', '{"item_id":1,"quantity":0.5}'],
    ['a quantity above Int32', 'number_out_of_range', item(1, INT32_MAX + 1)],
    ['a quantity below Int32', 'number_out_of_range', item(1, INT32_MIN - 1)],
  ];

  test.each(BROKEN)('%s breaks %s, and the other entries count', (_, rule, entry) => {
    const { rows, ...broken } = judgeItems(item(1, 1), entry, item(2, 2), entry);
    expect(rows.map(({ itemId, quantity }) => [itemId, quantity])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(broken).toEqual({ rules: [rule], brokenEntries: [1, 3] });
  });

  test('an entry may break two rules', () => {
    expect(judgeItems('{}')).toEqual({ rows: [], rules: ['invalid_item_id', 'invalid_quantity'], brokenEntries: [0] });
    expect(judgeItems(`{"item_id":${2 ** 31},"quantity":"1"}`).rules).toEqual([
      'invalid_quantity',
      'number_out_of_range',
    ]);
  });

  test('a record whose entries are all broken has no lines and one rejection', () => {
    expect(judgeItems('1', '{}', 'null')).toEqual({
      rows: [],
      rules: ['invalid_item', 'invalid_item_id', 'invalid_quantity'],
      brokenEntries: [0, 1, 2],
    });
  });

  test.each([
    ['the limits of Int32', [item(INT32_MAX, INT32_MIN), item(INT32_MIN, INT32_MAX)]],
    ['a point or an exponent', ['{"item_id":3.0,"quantity":3e0}', '{"item_id":0.4e1,"quantity":-30e-1}']],
    ['zero', [item(0, 0), '{"item_id":-1,"quantity":-0}']],
  ])('%s: an integer is what is integral', (_, items) => {
    expect(judgeItems(...items)).toMatchObject({ rules: [], brokenEntries: [] });
    expect(judgeItems(...items).rows).toHaveLength(2);
  });

  test('minus zero is zero', () => {
    expect(quantitiesOf('{"item_id":-0,"quantity":-0}', item(0, 0))).toEqual([[0, 0]]);
  });

  test('of fields that occur twice the last one counts', () => {
    expect(quantitiesOf('{"item_id":"x","quantity":null,"item_id":1,"quantity":2}')).toEqual([[1, 2]]);
    expect(judgeItems('{"item_id":1,"quantity":2,"quantity":"2"}').rules).toEqual(['invalid_quantity']);
  });
});

describe('folding', () => {
  test('adds up the entries of an item and keeps the order of first mention', () => {
    expect(quantitiesOf(item(5, 1), item(1, 10), item(5, 2), item(1, -3), item(9, 4), item(5, 3))).toEqual([
      [5, 6],
      [1, 7],
      [9, 4],
    ]);
  });

  test('takes 3 and 3.0 for the same item', () => {
    expect(quantitiesOf('{"item_id":3,"quantity":1}', '{"item_id":3.0,"quantity":1}')).toEqual([[3, 2]]);
  });

  test('keeps a line whose quantities cancel out', () => {
    expect(quantitiesOf(item(1, 7), item(1, -7))).toEqual([[1, 0]]);
  });

  test('leaves broken entries out of the sum', () => {
    const { rows, brokenEntries } = judgeItems(item(1, 7), '{"item_id":1,"quantity":"7"}', item(1, 1));
    expect(rows.map(({ quantity }) => quantity)).toEqual([8]);
    expect(brokenEntries).toEqual([1]);
  });

  test.each([
    ['above', INT32_MAX, 1],
    ['below', INT32_MIN, -1],
  ])('a sum %s Int32 breaks all entries of the item and of no other', (_, first, second) => {
    const { rows, ...broken } = judgeItems(item(1, first), item(2, 5), item(1, second), '7', item(1, 0));
    expect(rows.map(({ itemId, quantity }) => [itemId, quantity])).toEqual([[2, 5]]);
    expect(broken).toEqual({ rules: ['invalid_item', 'number_out_of_range'], brokenEntries: [0, 2, 3, 4] });
  });

  test('a sum may leave Int32 on the way', () => {
    expect(quantitiesOf(item(1, INT32_MAX), item(1, INT32_MAX), item(1, INT32_MIN), item(1, INT32_MIN))).toEqual([
      [1, -2],
    ]);
    expect(judgeItems(item(1, INT32_MAX), item(1, 1), item(1, -1))).toMatchObject({ rules: [], brokenEntries: [] });
  });

  test('two items may overflow in one record', () => {
    const { rows, brokenEntries } = judgeItems(
      item(1, INT32_MAX),
      item(2, INT32_MIN),
      item(1, 1),
      item(2, -1),
      item(3, 1),
    );
    expect(rows.map(({ itemId }) => itemId)).toEqual([3]);
    expect(brokenEntries).toEqual([0, 1, 2, 3]);
  });
});

describe('rescued_data', () => {
  const rescued = (fields: string, ...items: readonly string[]): readonly string[] =>
    judgeChange(`{${fields}${changeText({ items: `[${items.join(',')}]` }).slice(1)}`).rows.map((line) => line.rescued);

  test('is empty without unknown fields', () => {
    expect(rescued('', item(1, 1), item(2, 2))).toEqual(['', '']);
  });

  test('has the unknown fields of the record on every line', () => {
    expect(rescued('"till":4,"note":{"a":[1.0,null]},', item(1, 1), item(2, 2))).toEqual([
      '{"till":4,"note":{"a":[1,null]}}',
      '{"till":4,"note":{"a":[1,null]}}',
    ]);
  });

  test("has the unknown fields of an item's own entries, in order, entries without any left out", () => {
    const items = [
      item(1, 1, ',"price":5'),
      item(2, 1),
      item(1, 1),
      item(1, 1, ',"price":6,"tax":0'),
      item(3, 1, ',"x":"y"'),
    ];
    expect(rescued('', ...items)).toEqual(['{"items":[{"price":5},{"price":6,"tax":0}]}', '', '{"items":[{"x":"y"}]}']);
  });

  test('has both together', () => {
    expect(rescued('"till":4,', item(1, 1, ',"price":5'), item(2, 1))).toEqual([
      '{"till":4,"items":[{"price":5}]}',
      '{"till":4}',
    ]);
  });

  test('leaves out the fields of broken entries', () => {
    expect(rescued('', item(1, 1), '{"item_id":1,"quantity":"x","price":5}')).toEqual(['']);
  });

  test('keeps names that objects have by themselves, and __proto__ below the items', () => {
    const fields = '"constructor":1,"toJSON":2,"hasOwnProperty":3,"deep":{"__proto__":4},';
    expect(rescued(fields, item(1, 1))).toEqual([
      '{"constructor":1,"toJSON":2,"hasOwnProperty":3,"deep":{"__proto__":4}}',
    ]);
  });

  test('keeps what lies beyond ASCII', () => {
    expect(rescued(String.raw`"größe":"\ud83d\ude00\u0000",`, item(1, 1))).toEqual(['{"größe":"😀\\u0000"}']);
  });

  test('of a record does not go to the record before it', () => {
    expect(rescued('', item(1, 1))).toEqual(['']);
    expect(judgeChange(changeText({ items: '[7]', till: '4' })).rows).toEqual([]);
  });

  test('takes a time that grows with the record, not with its square', () => {
    const items = Array.from({ length: 25_000 }, (_, id) => item(id, 1));
    const startedAt = performance.now();
    expect(rescued('"till":4,', ...items)).toHaveLength(25_000);
    // Some 100 ms; comparing each line with each entry took 20 s.
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
