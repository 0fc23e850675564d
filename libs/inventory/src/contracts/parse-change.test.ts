import { describe, expect, test } from 'vitest';
import { changeText, type RawFields } from './testing/messages.ts';
import { judgeChange, SENT_AT } from './testing/parse.ts';

const DAY = 86_400_000;
const at = (moment: number): string => JSON.stringify(new Date(moment).toISOString());

describe('fields of a transaction', () => {
  const BROKEN: readonly (readonly [string, string, RawFields])[] = [
    ['a missing trans_id', 'invalid_trans_id', { trans_id: undefined }],
    ['a trans_id of null', 'invalid_trans_id', { trans_id: 'null' }],
    ['a trans_id that is a number', 'invalid_trans_id', { trans_id: '7' }],
    ['an empty trans_id', 'invalid_trans_id', { trans_id: '""' }],
    ['a trans_id of 4,097 bytes', 'invalid_trans_id', { trans_id: `"${'a'.repeat(4097)}"` }],
    ['a trans_id of 2,049 letters of two bytes', 'invalid_trans_id', { trans_id: `"${'ä'.repeat(2049)}"` }],
    ['a missing store_id', 'invalid_store_id', { store_id: undefined }],
    ['a store_id of null', 'invalid_store_id', { store_id: 'null' }],
    ['a store_id that is a text', 'invalid_store_id', { store_id: '"19"' }],
    ['a store_id with a fraction', 'invalid_store_id', { store_id: '19.5' }],
    ['a store_id that is a truth value', 'invalid_store_id', { store_id: 'true' }],
    ['a store_id that is an array', 'invalid_store_id', { store_id: '[19]' }],
    ['a store_id above Int32', 'number_out_of_range', { store_id: '2147483648' }],
    ['a store_id below Int32', 'number_out_of_range', { store_id: '-2147483649' }],
    ['a missing date_time', 'invalid_date_time', { date_time: undefined }],
    ['a date_time that is a number', 'invalid_date_time', { date_time: '1298973600000' }],
    ['a date_time that is no date', 'invalid_date_time', { date_time: '"2011-02-30 10:15:00"' }],
    ['an empty date_time', 'invalid_date_time', { date_time: '""' }],
    ['a missing change_type_id', 'invalid_change_type_id', { change_type_id: undefined }],
    ['a change_type_id that is a text', 'invalid_change_type_id', { change_type_id: '"1"' }],
    ['a change_type_id with a fraction', 'invalid_change_type_id', { change_type_id: '1.5' }],
    ['a change_type_id above Int16', 'number_out_of_range', { change_type_id: '32768' }],
    ['a change_type_id below Int16', 'number_out_of_range', { change_type_id: '-32769' }],
    ['missing items', 'no_items', { items: undefined }],
    ['items of null', 'no_items', { items: 'null' }],
    ['items that are an object', 'no_items', { items: '{"0":{"item_id":1,"quantity":1}}' }],
    ['empty items', 'no_items', { items: '[]' }],
    ['a moment more than a day ahead', 'future_date_time', { date_time: at(SENT_AT + DAY + 1) }],
    ['a store that nobody knows', 'unknown_store', { store_id: '21' }],
    ['the largest store', 'unknown_store', { store_id: '2147483647' }],
    ['a change type that nobody knows', 'unknown_change_type', { change_type_id: '9' }],
    ['the smallest change type', 'unknown_change_type', { change_type_id: '-32768' }],
  ];

  test.each(BROKEN)('%s breaks %s', (_, rule, fields) => {
    expect(judgeChange(changeText(fields))).toEqual({ rows: [], rules: [rule], brokenEntries: [] });
  });

  const SOUND: readonly (readonly [string, RawFields])[] = [
    ['a trans_id of 4,096 bytes', { trans_id: `"${'a'.repeat(4096)}"` }],
    ['a trans_id of 2,048 letters of two bytes', { trans_id: `"${'ä'.repeat(2048)}"` }],
    ['a trans_id in braces', { trans_id: '"{B260DE2D}"' }],
    ['a trans_id with colons and quotes', { trans_id: String.raw`"a:b\"c"` }],
    ['a trans_id of a space', { trans_id: '" "' }],
    ['a store_id with a point', { store_id: '19.0' }],
    ['a store_id with an exponent', { store_id: '1.9e1' }],
    ['a negative store_id', { store_id: '-1' }],
    ['a negative change_type_id', { change_type_id: '-3' }],
    ['a date_time with a space', { date_time: '"2011-03-01 10:15:00"' }],
    ['a date_time in escapes', { date_time: String.raw`"\u0032011-03-01 10:15:00"` }],
    ['a moment exactly a day ahead', { date_time: at(SENT_AT + DAY) }],
    ['the first moment of 1970', { date_time: at(0) }],
  ];

  test.each(SOUND)('%s is fine', (_, fields) => {
    expect(judgeChange(changeText(fields))).toMatchObject({ rows: [{ itemId: 103437 }], rules: [], brokenEntries: [] });
  });

  test('a record becomes a line with its values', () => {
    const text = changeText({ trans_id: '"Ä-1"', store_id: '20', change_type_id: '2' });
    expect(judgeChange(text).rows).toEqual([
      {
        transId: 'Ä-1',
        storeId: 20,
        itemId: 103437,
        quantity: -6,
        changeTypeId: 2,
        dateTime: Date.UTC(2011, 2, 1, 10, 15),
        rescued: '',
      },
    ]);
  });

  test('every broken rule of the second group is named, and none of the third', () => {
    expect(judgeChange('{}').rules).toEqual([
      'invalid_change_type_id',
      'invalid_date_time',
      'invalid_store_id',
      'invalid_trans_id',
      'no_items',
    ]);
    const text = changeText({ trans_id: '""', store_id: '1e10', change_type_id: '99999', date_time: at(SENT_AT * 3) });
    expect(judgeChange(text).rules).toEqual(['invalid_trans_id', 'number_out_of_range']);
  });

  test('every broken rule of the third group is named', () => {
    const text = changeText({ store_id: '21', change_type_id: '9', date_time: at(SENT_AT + 2 * DAY), items: '[7]' });
    const rules = ['future_date_time', 'unknown_change_type', 'unknown_store'];
    expect(judgeChange(text)).toEqual({ rows: [], rules, brokenEntries: [] });
  });

  test('of fields that occur twice the last one counts', () => {
    const text = `{"store_id":20,"trans_id":"first","items":[],${changeText().slice(1, -1)},"change_type_id":2}`;
    expect(judgeChange(text)).toMatchObject({
      rows: [{ storeId: 19, transId: 'B260DE2D', changeTypeId: 2 }],
      rules: [],
    });
    expect(judgeChange(`${changeText().slice(0, -1)},"store_id":"x"}`).rules).toEqual(['invalid_store_id']);
  });
});
