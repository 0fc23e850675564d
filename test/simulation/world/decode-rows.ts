import { RowBinaryReader, type ColumnType, type Table } from '@tillstream/inventory';
import type { TableBlock } from '@tillstream/store';

/** Strings are kept as latin1, one character a byte: they need not be UTF-8. 64 bits above 2^53 become a bigint. */
export type Value = string | number | bigint | null | readonly string[] | readonly number[];
export type Row = Readonly<Record<string, Value>>;

const DECODERS: Readonly<Record<ColumnType, (reader: RowBinaryReader) => Value>> = {
  UInt8: (reader) => reader.uint8(),
  UInt16: (reader) => reader.uint16(),
  UInt32: (reader) => reader.uint32(),
  UInt64: (reader) => unsigned64(reader),
  Int16: (reader) => reader.int16(),
  Int32: (reader) => reader.int32(),
  Int64: (reader) => reader.int64(),
  'Nullable(Int32)': (reader) => reader.nullableInt32(),
  String: (reader) => latin1(reader),
  'LowCardinality(String)': (reader) => latin1(reader),
  'Array(String)': (reader) => Array.from({ length: reader.varint() }, () => latin1(reader)),
  'Array(UInt32)': (reader) => Array.from({ length: reader.varint() }, () => reader.uint32()),
  'Map(String, String)': (reader) => Array.from({ length: reader.varint() * 2 }, () => latin1(reader)),
  "DateTime64(3, 'UTC')": (reader) => reader.int64(),
  "Nullable(DateTime64(3, 'UTC'))": (reader) => (reader.uint8() === 1 ? null : reader.int64()),
};

/** Rows of a block by the declared columns; throws when the bytes are not exactly the rows that they claim to be. */
export function decodeRows({ table, rows, bytes }: TableBlock): Row[] {
  const reader = new RowBinaryReader(bytes);
  const columns = columnsOf(table);
  const decoded: Row[] = [];
  while (!reader.atEnd) {
    const row: Record<string, Value> = {};
    for (const { name, decode } of columns) row[name] = decode(reader);
    decoded.push(row);
  }
  if (decoded.length !== rows) throw new Error(`a block of ${table.name} has ${decoded.length} rows, not ${rows}`);
  return decoded;
}

type Decoder = { readonly name: string; readonly decode: (reader: RowBinaryReader) => Value };
const COLUMNS = new Map<Table, readonly Decoder[]>();

function columnsOf(table: Table): readonly Decoder[] {
  let columns = COLUMNS.get(table);
  if (columns === undefined) {
    columns = table.columns.map(({ name, type }) => ({ name, decode: DECODERS[type] }));
    COLUMNS.set(table, columns);
  }
  return columns;
}

function latin1(reader: RowBinaryReader): string {
  const start = reader.skipString();
  return reader.bytes.toString('latin1', start, reader.position);
}

function unsigned64(reader: RowBinaryReader): number | bigint {
  const low = reader.uint32();
  const high = reader.uint32();
  return high < 2 ** 21 ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low);
}
