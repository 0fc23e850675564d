import { describe, expect, test } from 'vitest';
import { parseChangeTypes, parseItems, parseStores, ReferenceFileError } from './reference-files.ts';

describe('reference files', () => {
  test('become rows by column', () => {
    expect(parseStores('store_id,name\n19,Main Street\n-1,""\n', 'store.txt')).toEqual([
      { store_id: 19, name: 'Main Street' },
      { store_id: -1, name: '' },
    ]);
    expect(
      parseItems('name,item_id,safety_stock_quantity,supplier_id\r\n"Nut, ""M4""",5,10,3\r\n', 'item.txt'),
    ).toEqual([{ item_id: 5, name: 'Nut, "M4"', supplier_id: 3, safety_stock_quantity: 10 }]);
    expect(parseChangeTypes('change_type_id,change_type\n2,bopis', 'types.txt')).toEqual([
      { change_type_id: 2, change_type: 'bopis' },
    ]);
  });

  test('may have no rows', () => {
    expect(parseStores('store_id,name\n', 'store.txt')).toEqual([]);
  });

  test.each([
    ['an id that is a text', 'store_id,name\n1,a\nx,b\n', /^store.txt:3: store_id is no int32: x$/],
    ['an id above Int32', 'store_id,name\n2147483648,a', /^store.txt:2: store_id is no int32/],
    ['an empty id', 'store_id,name\n,a', /^store.txt:2: store_id is no int32/],
    ['a missing field', 'store_id,name\n1', /^store.txt:2: expected 2 fields, found 1$/],
    ['a field too many', 'store_id,name\n1,a,b', /^store.txt:2: expected 2 fields, found 3$/],
    ['a broken quote', 'store_id,name\n1,"a', /^store.txt:2: .*quote/],
    ['another header', 'id,name\n1,a', /^store.txt:1: expected the header store_id,name, found id,name$/],
    ['a header with more', 'store_id,name,city\n1,a,b', /^store.txt:1: expected the header/],
    ['nothing', '', /^store.txt:1: the file is empty/],
  ])('are refused whole, with file and line: %s', (_, text, message) => {
    expect(() => parseStores(text, 'store.txt')).toThrow(ReferenceFileError);
    expect(() => parseStores(text, 'store.txt')).toThrow(message);
  });

  test('have change types of Int16', () => {
    expect(() => parseChangeTypes('change_type_id,change_type\n32768,x', 'types.txt')).toThrow(/types.txt:2: .*int16/);
  });
});
