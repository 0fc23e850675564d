import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { RowBinaryReader } from './row-binary-reader.ts';
import { RowBinaryWriter } from './row-binary-writer.ts';

vi.setConfig({ testTimeout: 60_000 });

const uint53 = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 53 - 1 }),
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 48, 2 ** 53 - 1),
);
const int53 = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(-1, -(2 ** 31), -(2 ** 32) - 1, -(2 ** 32), -(2 ** 32) + 1, -(2 ** 53) + 1),
);
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    '',
    'ä',
    '😀',
    'x'.repeat(46) + 'ä',
    'x'.repeat(47),
    'x'.repeat(48),
    'x'.repeat(127),
    'x'.repeat(128),
    'ä'.repeat(5000),
  ),
);
const nullable = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });

/** One column: how it is written, and what must be read. */
type Cell = {
  readonly write: (writer: RowBinaryWriter) => void;
  readonly read: (reader: RowBinaryReader) => unknown;
  readonly value: unknown;
};

const cell = <Value>(
  values: fc.Arbitrary<Value>,
  write: (writer: RowBinaryWriter, value: Value) => void,
  read: (reader: RowBinaryReader) => unknown,
): fc.Arbitrary<Cell> => values.map((value) => ({ write: (writer) => write(writer, value), read, value }));

const anyCell: fc.Arbitrary<Cell> = fc.oneof(
  cell(
    fc.integer({ min: 0, max: 255 }),
    (writer, value) => writer.uint8(value),
    (reader) => reader.uint8(),
  ),
  cell(
    fc.integer({ min: 0, max: 65535 }),
    (writer, value) => writer.uint16(value),
    (reader) => reader.uint16(),
  ),
  cell(
    fc.integer({ min: -32768, max: 32767 }),
    (writer, value) => writer.int16(value),
    (reader) => reader.int16(),
  ),
  cell(
    uint32,
    (writer, value) => writer.uint32(value),
    (reader) => reader.uint32(),
  ),
  cell(
    int32,
    (writer, value) => writer.int32(value),
    (reader) => reader.int32(),
  ),
  cell(
    uint53,
    (writer, value) => writer.uint64(value),
    (reader) => reader.uint64(),
  ),
  cell(
    int53,
    (writer, value) => writer.int64(value),
    (reader) => reader.int64(),
  ),
  cell(
    int53,
    (writer, value) => writer.dateTime64(value),
    (reader) => reader.int64(),
  ),
  cell(
    nullable(int32),
    (writer, value) => writer.nullableInt32(value),
    (reader) => reader.nullableInt32(),
  ),
  cell(
    nullable(int53),
    (writer, value) => writer.nullableDateTime64(value),
    (reader) => (reader.uint8() === 1 ? null : reader.int64()),
  ),
  cell(
    uint32,
    (writer, value) => writer.varint(value),
    (reader) => reader.varint(),
  ),
  cell(
    text,
    (writer, value) => writer.string(value),
    (reader) => reader.string(),
  ),
  cell(
    text,
    (writer, value) => writer.stringFrom(Buffer.from(`<${value}>`), 1, Buffer.byteLength(value) + 1),
    (reader) => reader.string(),
  ),
  cell(
    fc.array(text, { maxLength: 4 }),
    (writer, value) => writer.stringArray(value),
    (reader) => listOf(reader, () => reader.string()),
  ),
  cell(
    fc.array(uint32, { maxLength: 4 }),
    (writer, value) => writer.uint32Array(value),
    (reader) => listOf(reader, () => reader.uint32()),
  ),
);

function listOf<Value>(reader: RowBinaryReader, one: () => Value): readonly Value[] {
  return Array.from({ length: reader.varint() }, one);
}

const hex = (write: (writer: RowBinaryWriter) => void): string => {
  const writer = new RowBinaryWriter(1);
  write(writer);
  return writer.bytes().toString('hex');
};

describe('RowBinary', () => {
  test('gives back what was written, from a buffer of any first size', () => {
    fc.assert(
      fc.property(
        fc.array(anyCell, { maxLength: 40, size: 'max' }),
        fc.integer({ min: 1, max: 64 }),
        (cells, initialBytes) => {
          const writer = new RowBinaryWriter(initialBytes);
          for (const { write } of cells) write(writer);
          const reader = new RowBinaryReader(writer.bytes());
          expect(cells.map(({ read }) => read(reader))).toEqual(cells.map(({ value }) => value));
          expect(reader.atEnd).toBe(true);
          expect(writer.byteLength).toBe(reader.position);
        },
      ),
      { numRuns: 2000 },
    );
  });

  // By hand, from the documentation of the format: a mistake that writer and reader share shows here.
  test.each<readonly [string, string, (writer: RowBinaryWriter) => void]>([
    ['UInt64', '0100000002000000', (writer) => writer.uint64(2 ** 33 + 1)],
    ['the largest UInt64', 'ffffffffffffffff', (writer) => writer.uint64Halves(2 ** 32 - 1, 2 ** 32 - 1)],
    ['Int64', 'ffffffffffffffff', (writer) => writer.int64(-1)],
    ['a small Int64', '00000000ffffffff', (writer) => writer.int64(-(2 ** 32))],
    ['Int16', 'feff', (writer) => writer.int16(-2)],
    ['Int32', '01000080', (writer) => writer.int32(-(2 ** 31) + 1)],
    ['null', '01', (writer) => writer.nullableInt32(null)],
    ['a number that may be null', '0005000000', (writer) => writer.nullableInt32(5)],
    ['a time that may be null', '01', (writer) => writer.nullableDateTime64(null)],
    ['a time before 1970', '00ffffffffffffffff', (writer) => writer.nullableDateTime64(-1)],
    ['an empty String', '00', (writer) => writer.string('')],
    ['a String', '03c3a478', (writer) => writer.string('äx')],
    ['a length of two bytes', '8001', (writer) => writer.varint(128)],
    ['a length of five bytes', 'ffffffff0f', (writer) => writer.varint(2 ** 32 - 1)],
    ['Array(String)', '0201610162', (writer) => writer.stringArray(['a', 'b'])],
    ['Array(UInt32)', '0207000000ffffffff', (writer) => writer.uint32Array([7, 2 ** 32 - 1])],
    ['an empty Array', '00', (writer) => writer.uint32Array([])],
    ['bytes for null', '00', (writer) => writer.stringFrom(Buffer.from('abc'), -1, -1)],
    ['no bytes', '00', (writer) => writer.stringFrom(Buffer.from('abc'), 2, 2)],
    ['some bytes', '02ff00', (writer) => writer.stringFrom(Buffer.from([1, 255, 0, 2]), 1, 3)],
  ])('writes %s', (_, bytes, write) => {
    expect(hex(write)).toBe(bytes);
  });

  test.each([1, 47, 48, 49, 1000])('copies %i bytes as they are', (length) => {
    const source = Buffer.from(Array.from({ length: length + 2 }, (_, index) => (index * 37) & 0xff));
    expect(hex((writer) => writer.raw(source, 1, length + 1))).toBe(source.subarray(1, length + 1).toString('hex'));
  });

  test('writes half a surrogate pair as the replacement character, with its true length', () => {
    expect(hex((writer) => writer.string('a\ud800'))).toBe('0461efbfbd');
  });

  test('forgets its rows on clear and counts those that end', () => {
    const writer = new RowBinaryWriter(4);
    for (let row = 0; row < 3; row++) {
      writer.uint64(row);
      writer.endRow();
    }
    expect([writer.rows, writer.byteLength]).toEqual([3, 24]);
    writer.clear();
    expect([writer.rows, writer.byteLength, writer.bytes().length]).toEqual([0, 0, 0]);
    writer.uint8(7);
    expect(writer.bytes()).toEqual(Buffer.from([7]));
  });

  test('can be stepped over, string by string', () => {
    const writer = new RowBinaryWriter();
    writer.string('abc');
    writer.string('ä');
    const reader = new RowBinaryReader(writer.bytes());
    const start = reader.skipString();
    expect(reader.bytes.toString('utf8', start, reader.position)).toBe('abc');
    expect(reader.string()).toBe('ä');
  });

  test.each<readonly [string, readonly number[], (reader: RowBinaryReader) => unknown]>([
    ['a number', [1, 2, 3], (reader) => reader.int32()],
    ['a long number', [1, 2, 3, 4, 5, 6, 7], (reader) => reader.uint64()],
    ['a length', [0x80], (reader) => reader.varint()],
    ['a string', [3, 97, 98], (reader) => reader.string()],
    ['a string to step over', [2, 97], (reader) => reader.skipString()],
    ['a number that may be null', [0, 1], (reader) => reader.nullableInt32()],
  ])('throws where the bytes end within %s', (_, bytes, read) => {
    expect(() => read(new RowBinaryReader(Buffer.from(bytes)))).toThrow(RangeError);
  });

  test('is read from within a larger buffer', () => {
    const bytes = Buffer.from([9, 9, 7, 0, 0, 0, 9]).subarray(2, 6);
    const reader = new RowBinaryReader(bytes);
    expect([reader.int32(), reader.atEnd]).toEqual([7, true]);
    expect(() => reader.uint8()).toThrow(RangeError);
  });
});
