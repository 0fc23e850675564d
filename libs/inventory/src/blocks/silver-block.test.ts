import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { RowBinaryReader } from '../encoding/row-binary-reader.ts';
import {
  CHANGE,
  COUNT,
  MAX_BLOCK_ROWS,
  OFF_SHELF,
  SILVER_BLOCK_COLUMNS,
  SILVER_BLOCK_ROW_BYTES,
  SilverBlockReader,
  SilverBlockWriter,
  type SilverRow,
} from './silver-block.ts';

vi.setConfig({ testTimeout: 60_000 });

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const time = fc.oneof(
  fc.integer({ min: 0, max: Date.UTC(2300, 0, 1) }),
  fc.maxSafeInteger(),
  fc.constantFrom(-1, -(2 ** 32), 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1),
);
const row: fc.Arbitrary<SilverRow> = fc.record({
  kind: fc.constantFrom(CHANGE, COUNT, OFF_SHELF),
  storeId: int32,
  itemId: int32,
  dateTime: time,
  quantity: int32,
  changeTypeId: fc.integer({ min: -32768, max: 32767 }),
  sourcePartition: fc.integer({ min: 0, max: 65535 }),
  sourceOffset: fc.oneof(fc.integer({ min: 0, max: 2 ** 48 }), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1)),
  sourceLine: uint32,
  identityHigh: uint32,
  identityLow: uint32,
  recordTimestamp: time,
});

const ROW: SilverRow = {
  kind: CHANGE,
  storeId: 1,
  itemId: 2,
  dateTime: 3,
  quantity: -4,
  changeTypeId: 5,
  sourcePartition: 6,
  sourceOffset: 7,
  sourceLine: 8,
  identityHigh: 9,
  identityLow: 10,
  recordTimestamp: 11,
};

function rowsOf(block: Buffer): SilverRow[] {
  const reader = new SilverBlockReader(block, 0, block.length);
  return Array.from({ length: reader.rows }, (_, at) => ({
    kind: reader.kind(at),
    storeId: reader.storeId(at),
    itemId: reader.itemId(at),
    dateTime: reader.dateTime(at),
    quantity: reader.quantity(at),
    changeTypeId: reader.changeTypeId(at),
    sourcePartition: reader.sourcePartition(at),
    sourceOffset: reader.sourceOffset(at),
    sourceLine: reader.sourceLine(at),
    identityHigh: reader.identityHigh(at),
    identityLow: reader.identityLow(at),
    recordTimestamp: reader.recordTimestamp(at),
  }));
}

function blockOf(rows: readonly SilverRow[]): Buffer {
  const writer = new SilverBlockWriter();
  for (const one of rows) writer.add(one);
  return writer.take();
}

describe('silver block', () => {
  test('gives back its rows', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200, size: 'max' }), (rows) => {
        expect(rowsOf(blockOf(rows))).toEqual(rows);
      }),
      { numRuns: 1000 },
    );
  });

  test('is RowBinary with the declared columns', () => {
    const read: Readonly<Record<string, (reader: RowBinaryReader) => number>> = {
      UInt8: (reader) => reader.uint8(),
      UInt16: (reader) => reader.uint16(),
      UInt32: (reader) => reader.uint32(),
      UInt64: (reader) => reader.uint64(),
      Int16: (reader) => reader.int16(),
      Int32: (reader) => reader.int32(),
      "DateTime64(3, 'UTC')": (reader) => reader.int64(),
    };
    const reader = new RowBinaryReader(blockOf([ROW, { ...ROW, kind: COUNT }]));
    for (const kind of [CHANGE, COUNT]) {
      const values = Object.fromEntries(SILVER_BLOCK_COLUMNS.map(({ name, type }) => [name, read[type]!(reader)]));
      expect(values).toEqual({
        kind,
        store_id: 1,
        item_id: 2,
        date_time: 3,
        quantity: -4,
        change_type_id: 5,
        source_partition: 6,
        source_offset: 7,
        source_line: 8,
        identity_hash: 9 * 2 ** 32 + 10,
        record_timestamp: 11,
      });
    }
    expect(reader.atEnd).toBe(true);
  });

  // Stored in the topic: other bytes need another encoding version.
  test('has these bytes', () => {
    expect(blockOf([ROW]).toString('hex')).toBe(
      '000100000002000000' +
        '0300000000000000' +
        'fcffffff' +
        '0500' +
        '0600' +
        '0700000000000000' +
        '08000000' +
        '0a00000009000000' +
        '0b00000000000000',
    );
  });

  test('is full at 512 KiB and not before', () => {
    const writer = new SilverBlockWriter();
    for (let rows = 1; rows < MAX_BLOCK_ROWS; rows++) writer.add(ROW);
    expect(writer.isFull).toBe(false);
    writer.add({ ...ROW, quantity: 77 });
    expect(writer.isFull).toBe(true);
    const block = writer.take();
    expect(block.length).toBeLessThanOrEqual(512 * 1024);
    expect(block.length + SILVER_BLOCK_ROW_BYTES).toBeGreaterThan(512 * 1024);
    expect(rowsOf(block).at(-1)?.quantity).toBe(77);
  });

  test('starts the next one when it is taken', () => {
    const writer = new SilverBlockWriter();
    writer.add(ROW);
    const first = Buffer.from(writer.take());
    expect([writer.rows, writer.isFull]).toEqual([0, false]);
    writer.add({ ...ROW, quantity: 12 });
    expect(rowsOf(writer.take()).map(({ quantity }) => quantity)).toEqual([12]);
    expect(rowsOf(first).map(({ quantity }) => quantity)).toEqual([-4]);
    expect(writer.take()).toHaveLength(0);
  });

  test('is read in the midst of other bytes', () => {
    const bytes = Buffer.concat([Buffer.from('xyz'), blockOf([ROW, ROW]), Buffer.from('z')]);
    const reader = new SilverBlockReader(bytes, 3, bytes.length - 1);
    expect([reader.rows, reader.quantity(1), reader.recordTimestamp(1)]).toEqual([2, -4, 11]);
  });

  test('is refused when its bytes are no whole number of rows', () => {
    expect(
      () => new SilverBlockReader(Buffer.alloc(SILVER_BLOCK_ROW_BYTES + 1), 0, SILVER_BLOCK_ROW_BYTES + 1),
    ).toThrow(`a silver block of ${SILVER_BLOCK_ROW_BYTES + 1} bytes`);
  });
});
