import { describe, expect, test } from 'vitest';
import { parseCountSheet } from './count-sheet.ts';

const HEADER = 'item_id,employee_id,store_id,date_time,quantity';
const ROW = '5,7,19,2011-03-01 06:00:00,120';
const AS_ROW = { itemId: 5, employeeId: 7, storeId: 19, dateTime: Date.UTC(2011, 2, 1, 6), quantity: 120 };

const sheet = (...lines: readonly string[]) => parseCountSheet(lines.join('\n'));
const firstRow = (row: string) => sheet(HEADER, row);

describe('a count file', () => {
  test.each([
    ['lines', `${HEADER}\n${ROW}\n`],
    ['a last line without an end', `${HEADER}\n${ROW}`],
    ['lines that end as on Windows', `${HEADER}\r\n${ROW}\r\n`],
    ['a byte order mark', `\ufeff${HEADER}\n${ROW}`],
    ['columns in another order', 'quantity,store_id,item_id,date_time,employee_id\n120,19,5,2011-03-01T06:00:00Z,7'],
    ['a leading column without name', `,${HEADER}\n0,${ROW}`],
    ['a leading column id', `id,${HEADER}\nx,${ROW}`],
    ['quoted fields', `"item_id",employee_id,store_id,"date_time",quantity\n"5",7,"19","2011-03-01 06:00:00",120`],
    ['spaces around the names', ' item_id , employee_id,store_id,date_time,quantity \n'.concat(ROW)],
  ])('may have %s', (_, text) => {
    expect(parseCountSheet(text)).toEqual({ rows: [{ line: 2, ...AS_ROW }], broken: [] });
  });

  test('leaves out empty lines and still counts them', () => {
    expect(sheet(HEADER, '', ROW, '', ROW).rows.map(({ line }) => line)).toEqual([3, 5]);
  });

  test('without rows is empty', () => {
    expect(sheet(HEADER)).toEqual({ rows: [], broken: [] });
  });

  test('takes an employee that is not named', () => {
    expect(firstRow('5,,19,2011-03-01 06:00:00,120').rows[0]).toMatchObject({ employeeId: null, itemId: 5 });
  });

  test('sets aside the rows that break rules and loads the others', () => {
    const rows = ['x,7,19,2011-03-01 06:00:00,1', ROW, '5,7,19,2011-03-01 06:00:00', ROW];
    expect(sheet(HEADER, ...rows)).toEqual({
      rows: [
        { line: 3, ...AS_ROW },
        { line: 5, ...AS_ROW },
      ],
      broken: [
        { line: 2, text: rows[0], rules: ['invalid_item_id'] },
        { line: 4, text: rows[2], rules: ['malformed_row'] },
      ],
    });
  });

  test.each([
    ['a missing field', '5,7,19,2011-03-01 06:00:00', ['malformed_row']],
    ['a field too many', `${ROW},1`, ['malformed_row']],
    ['a quote that does not end', '"5,7,19,2011-03-01 06:00:00,120', ['malformed_row']],
    ['text behind a quote', '"5"x,7,19,2011-03-01 06:00:00,120', ['malformed_row']],
    ['a quote in the midst of a field', '5"5,7,19,2011-03-01 06:00:00,120', ['malformed_row']],
    ['an empty item', ',7,19,2011-03-01 06:00:00,120', ['invalid_item_id']],
    ['an item with a fraction', '5.0,7,19,2011-03-01 06:00:00,120', ['invalid_item_id']],
    ['an item with an exponent', '5e0,7,19,2011-03-01 06:00:00,120', ['invalid_item_id']],
    ['an item with a plus', '+5,7,19,2011-03-01 06:00:00,120', ['invalid_item_id']],
    ['an item with a space', ' 5,7,19,2011-03-01 06:00:00,120', ['invalid_item_id']],
    ['a store that is a text', '5,7,x,2011-03-01 06:00:00,120', ['invalid_store_id']],
    ['a moment that is none', '5,7,19,2011-02-30 06:00:00,120', ['invalid_date_time']],
    ['an employee that is a text', '5,x,19,2011-03-01 06:00:00,120', ['invalid_employee_id']],
    ['an employee above Int32', '5,2147483648,19,2011-03-01 06:00:00,120', ['invalid_employee_id']],
    ['an empty quantity', '5,7,19,2011-03-01 06:00:00,', ['invalid_quantity']],
    ['a quantity above Int32', '5,7,19,2011-03-01 06:00:00,2147483648', ['number_out_of_range']],
    [
      'all of them',
      'x,x,x,x,x',
      ['invalid_store_id', 'invalid_date_time', 'invalid_employee_id', 'invalid_item_id', 'invalid_quantity'],
    ],
  ])('names what breaks: %s', (_, row, rules) => {
    expect(firstRow(row)).toEqual({ rows: [], broken: [{ line: 2, text: row, rules }] });
  });

  test('takes the limits of Int32', () => {
    const row = '-2147483648,2147483647,2147483647,2011-03-01 06:00:00,-2147483648';
    expect(firstRow(row).rows[0]).toMatchObject({ itemId: -2147483648, storeId: 2147483647, quantity: -2147483648 });
  });

  test.each([
    ['a column too few', 'item_id,employee_id,store_id,date_time'],
    ['a column too many', `${HEADER},price`],
    ['a column twice', `${HEADER},quantity`],
    ['a column in another spelling', HEADER.replace('item_id', 'Item_Id')],
    ['rows at once', ROW],
    ['a quote that does not end', `"${HEADER}`],
  ])('is refused whole for its header: %s', (_, header) => {
    expect(sheet(header, ROW, ROW)).toEqual({
      rows: [],
      broken: [{ line: 1, text: header, rules: ['malformed_header'] }],
    });
  });

  test('is refused when there is nothing in it', () => {
    expect(parseCountSheet('')).toEqual({ rows: [], broken: [{ line: 1, text: '', rules: ['malformed_header'] }] });
  });
});
