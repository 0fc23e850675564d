import { RowBinaryReader, RowBinaryWriter } from '@tillstream/inventory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { collect } from '../testing/temporary-store.ts';
import { wholeRows } from './whole-rows.ts';

type Column = readonly [type: string, write: (writer: RowBinaryWriter, row: number) => void];

const FIXED: readonly Column[] = [
  ['UInt64', (writer, row) => writer.uint64(row)],
  ['UInt16', (writer, row) => writer.uint16(row % 1000)],
  ["DateTime64(3, 'UTC')", (writer, row) => writer.dateTime64(row)],
];

const VARYING: readonly Column[] = [
  ...FIXED,
  ['String', (writer, row) => writer.string('é'.repeat(row % 200))],
  ['LowCardinality(String)', (writer) => writer.string('same')],
  ['Nullable(Int32)', (writer, row) => writer.nullableInt32(row % 3 === 0 ? null : row)],
  ['Array(String)', (writer, row) => writer.stringArray(Array.from({ length: row % 4 }, (_, index) => `${index}`))],
  ['Array(UInt32)', (writer, row) => writer.uint32Array(Array.from({ length: row % 5 }, (_, index) => index))],
  [
    'Map(String, String)',
    (writer, row) => {
      writer.varint(row % 3);
      for (let entry = 0; entry < row % 3; entry++) for (const text of ['key', 'value']) writer.string(text);
    },
  ],
];

function header(types: readonly string[]): Buffer {
  const writer = new RowBinaryWriter();
  writer.varint(types.length);
  for (const index of types.keys()) writer.string(`column ${index}`);
  for (const type of types) writer.string(type);
  return writer.bytes();
}

function rowsOf(columns: readonly Column[], count: number): Buffer[] {
  return Array.from({ length: count }, (_, row) => {
    const writer = new RowBinaryWriter();
    for (const [, write] of columns) write(writer, row);
    return writer.bytes();
  });
}

async function* cutAt(bytes: Buffer, places: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

describe('wholeRows', () => {
  it.each([
    ['of one width', FIXED],
    ['of different widths', VARYING],
  ])('are cut between rows %s, wherever the answer is cut', async (_, columns) => {
    const rows = rowsOf(columns, 40);
    const ends = new Set(rows.map((__, index) => Buffer.concat(rows.slice(0, index + 1)).length));
    const answer = Buffer.concat([header(columns.map(([type]) => type)), ...rows]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 30 }), async (places) => {
        const pieces = await collect(wholeRows(cutAt(answer, places)));
        expect(Buffer.concat(pieces).equals(Buffer.concat(rows))).toBe(true);
        let end = 0;
        for (const piece of pieces) expect(ends.has((end += piece.length))).toBe(true);
      }),
    );
  });

  it('of an empty result are none', async () => {
    expect(await collect(wholeRows(cutAt(header(['UInt8']), [])))).toEqual([]);
    expect(await collect(wholeRows(cutAt(Buffer.alloc(0), [])))).toEqual([]);
  });

  it('tell an answer that ends in the middle of a row', async () => {
    const answer = Buffer.concat([header(['UInt64']), Buffer.alloc(12)]);
    await expect(collect(wholeRows(cutAt(answer, [])))).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('refuse types that nobody can step over', async () => {
    await expect(collect(wholeRows(cutAt(header(['Tuple(UInt8, String)']), [])))).rejects.toMatchObject({
      code: 'bad_query',
      message: expect.stringContaining('Tuple(UInt8, String)'),
    });
  });

  it('read as they were written', async () => {
    const [rows] = await collect(
      wholeRows(cutAt(Buffer.concat([header(['String']), ...rowsOf([['String', (w) => w.string('a')]], 2)]), [])),
    );
    const reader = new RowBinaryReader(rows!);
    expect([reader.string(), reader.string(), reader.atEnd]).toEqual(['a', 'a', true]);
  });
});
