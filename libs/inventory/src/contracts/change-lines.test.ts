import { describe, expect, test } from 'vitest';
import { ChangeLines } from './change-lines.ts';
import { entriesByItem, parseChange } from './parse-change.ts';
import { Rejections } from './rules.ts';
import { changeText } from './testing/messages.ts';
import { REFERENCE, SENT_AT } from './testing/parse.ts';

/** Parses each text as the next record of one batch. */
function parseAll(texts: readonly string[], lines = new ChangeLines()) {
  const rejections = new Rejections();
  texts.forEach((text, record) => {
    const bytes = Buffer.from(text);
    const span = { record, bytes, start: 0, end: bytes.length, timestamp: SENT_AT };
    parseChange(span, { reference: REFERENCE, lines, rejections });
  });
  return { lines, rejections };
}

function rows(lines: ChangeLines): readonly string[] {
  return Array.from(
    { length: lines.count },
    (_, line) =>
      `${lines.record[line]} ${lines.transId(line)} ${lines.itemId[line]} ${lines.quantity[line]} ${lines.rescued.get(line) ?? ''}`,
  );
}

const items = (...ids: readonly number[]): string =>
  `[${ids.map((id) => `{"item_id":${id},"quantity":${id * 2}}`).join(',')}]`;

describe('lines of a batch', () => {
  test('stand one after the other with the number of their record and its trans_id', () => {
    const { lines, rejections } = parseAll([
      changeText({ trans_id: '"A"', items: items(1, 2) }),
      'broken',
      changeText({ trans_id: '"Bäh"', items: items(3), till: '4' }),
      changeText({ trans_id: '"C"', items: '[7]' }),
      changeText({ trans_id: '"D"', items: items(1) }),
    ]);
    expect(rows(lines)).toEqual(['0 A 1 2 ', '0 A 2 4 ', '2 Bäh 3 6 {"till":4}', '4 D 1 2 ']);
    expect([...rejections.byRecord.keys()]).toEqual([1, 3]);
  });

  test('keep their values when the columns and the arena grow', () => {
    const longId = 'x'.repeat(300);
    const texts = Array.from({ length: 700 }, (_, record) =>
      changeText({
        trans_id: `"${longId}-${record}"`,
        items: items(1, 2, 3),
        ...(record % 9 === 0 ? { till: '1' } : {}),
      }),
    );
    const expected = texts.flatMap((_, record) =>
      [1, 2, 3].map((id) => `${record} ${longId}-${record} ${id} ${id * 2} ${record % 9 === 0 ? '{"till":1}' : ''}`),
    );
    const { lines } = parseAll(texts);
    expect(rows(lines)).toEqual(expected);
    expect(new Set(lines.storeId.subarray(0, lines.count))).toEqual(new Set([19]));
    expect(new Set(lines.changeTypeId.subarray(0, lines.count))).toEqual(new Set([1]));
    expect(new Set(lines.dateTime.subarray(0, lines.count))).toEqual(new Set([Date.UTC(2011, 2, 1, 10, 15)]));
  });

  test('are gone after clear, rescued data too', () => {
    const { lines } = parseAll([changeText({ till: '4' }), changeText({ till: '5' })]);
    lines.clear();
    expect(lines.count).toBe(0);
    parseAll([changeText({ trans_id: '"N"' })], lines);
    expect(rows(lines)).toEqual(['0 N 103437 -6 ']);
  });

  test('move up with all that belongs to them when some are left out', () => {
    const texts = [
      changeText({ trans_id: '"A"', items: items(1, 2) }),
      changeText({ trans_id: '"B"', items: items(3, 4), till: '1' }),
      changeText({ trans_id: '"C"', items: items(5, 6), store_id: '20', change_type_id: '2' }),
    ];
    const left = (...ids: readonly number[]): ChangeLines => {
      const { lines } = parseAll(texts);
      lines.retain((line) => !ids.includes(lines.itemId[line]!));
      return lines;
    };
    expect(rows(left())).toHaveLength(6);
    expect(rows(left(1, 4))).toEqual(['0 A 2 4 ', '1 B 3 6 {"till":1}', '2 C 5 10 ', '2 C 6 12 ']);
    expect(rows(left(3))).toEqual(['0 A 1 2 ', '0 A 2 4 ', '1 B 4 8 {"till":1}', '2 C 5 10 ', '2 C 6 12 ']);
    expect(rows(left(1, 2))).toEqual(['1 B 3 6 {"till":1}', '1 B 4 8 {"till":1}', '2 C 5 10 ', '2 C 6 12 ']);
    expect(rows(left(1, 2, 3, 4, 5, 6))).toEqual([]);
    const last = left(1, 2, 3, 4, 5);
    expect([last.storeId[0], last.changeTypeId[0], last.dateTime[0]]).toEqual([20, 2, Date.UTC(2011, 2, 1, 10, 15)]);
  });
});

describe('entries of a folded line', () => {
  test('are the valid entries of its item', () => {
    const text = changeText({
      items:
        '[{"item_id":1,"quantity":1},7,{"item_id":2,"quantity":1},{"item_id":1,"quantity":"x"},{"item_id":1.0,"quantity":0}]',
    });
    const bytes = Buffer.from(`xx${text}xx`);
    const entries = entriesByItem(bytes, 2, bytes.length - 2);
    expect([...entries]).toEqual([
      [1, [0, 4]],
      [2, [2]],
    ]);
  });
});
