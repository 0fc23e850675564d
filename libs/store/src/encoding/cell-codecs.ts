import type { ColumnType, RowBinaryReader, RowBinaryWriter } from '@tillstream/inventory';

/** Times are epoch milliseconds. Integers of 64 bits may be given as bigint; they are read as numbers, exact up to 2^53. */
export type CellValue =
  | number
  | bigint
  | string
  | Buffer
  | null
  | readonly string[]
  | readonly number[]
  | Readonly<Record<string, string>>;

export type CellCodec = {
  /** Throws when the value does not fit: nothing is cut off or wrapped around. */
  write(writer: RowBinaryWriter, value: CellValue): void;
  read(reader: RowBinaryReader): CellValue;
};

const TIME: CellCodec = {
  write: (writer, value) => writer.dateTime64(time(value)),
  read: (reader) => reader.int64(),
};

const TEXT: CellCodec = {
  write: (writer, value) => {
    if (Buffer.isBuffer(value)) writer.stringFrom(value, 0, value.length);
    else writer.string(text(value));
  },
  read: (reader) => reader.string(),
};

export const CELL_CODECS: Readonly<Record<ColumnType, CellCodec>> = {
  UInt8: { write: (writer, value) => writer.uint8(unsigned(value, 8)), read: (reader) => reader.uint8() },
  UInt16: { write: (writer, value) => writer.uint16(unsigned(value, 16)), read: (reader) => reader.uint16() },
  UInt32: { write: (writer, value) => writer.uint32(unsigned(value, 32)), read: (reader) => reader.uint32() },
  UInt64: { write: (writer, value) => write64(writer, value, 0n, 2n ** 64n), read: (reader) => reader.uint64() },
  Int16: { write: (writer, value) => writer.int16(signed(value, 16)), read: (reader) => reader.int16() },
  Int32: { write: (writer, value) => writer.int32(signed(value, 32)), read: (reader) => reader.int32() },
  Int64: {
    write: (writer, value) => write64(writer, value, -(2n ** 63n), 2n ** 63n),
    read: (reader) => reader.int64(),
  },
  'Nullable(Int32)': {
    write: (writer, value) => writer.nullableInt32(value === null ? null : signed(value, 32)),
    read: (reader) => reader.nullableInt32(),
  },
  String: TEXT,
  'LowCardinality(String)': TEXT,
  'Array(String)': {
    write: (writer, value) => writer.stringArray(items(value).map(text)),
    read: (reader) => Array.from({ length: reader.varint() }, () => reader.string()),
  },
  'Array(UInt32)': {
    write: (writer, value) => writer.uint32Array(items(value).map((item) => unsigned(item, 32))),
    read: (reader) => Array.from({ length: reader.varint() }, () => reader.uint32()),
  },
  'Map(String, String)': {
    write: (writer, value) => {
      const entries = Object.entries(value ?? fail('a map'));
      writer.varint(entries.length);
      for (const part of entries.flat()) writer.string(text(part));
    },
    read: (reader) =>
      Object.fromEntries(Array.from({ length: reader.varint() }, () => [reader.string(), reader.string()])),
  },
  "DateTime64(3, 'UTC')": TIME,
  "Nullable(DateTime64(3, 'UTC'))": {
    write: (writer, value) => writer.nullableDateTime64(value === null ? null : time(value)),
    read: (reader) => (reader.uint8() === 1 ? null : reader.int64()),
  },
};

/** What ClickHouse can hold as DateTime64: the years 1900 to 2299. */
const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2300, 0, 1) - 1;

function time(value: CellValue): number {
  return integer(value, EARLIEST, LATEST);
}

function unsigned(value: CellValue, bits: number): number {
  return integer(value, 0, 2 ** bits - 1);
}

function signed(value: CellValue, bits: number): number {
  return integer(value, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
}

function integer(value: CellValue, least: number, greatest: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= greatest) return value;
  return fail(`an integer from ${least} to ${greatest}`);
}

function write64(writer: RowBinaryWriter, value: CellValue, least: bigint, limit: bigint): void {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  const whole = isWhole ? BigInt(value as number | bigint) : fail('a whole number, as bigint above 2^53');
  if (whole < least || whole >= limit) fail(`from ${least} to ${limit - 1n}`);
  const bits = BigInt.asUintN(64, whole);
  writer.uint64Halves(Number(bits >> 32n), Number(bits & 0xffff_ffffn));
}

function text(value: CellValue): string {
  return typeof value === 'string' ? value : fail('text');
}

function items(value: CellValue): readonly (string | number)[] {
  return Array.isArray(value) ? value : fail('an array');
}

function fail(expected: string): never {
  throw new RangeError(`not ${expected}`);
}
