import { RowBinaryReader, RowBinaryWriter, type Column, type Table } from '@tillstream/inventory';

import type { TableBlock } from '../port.ts';
import { CELL_CODECS, type CellValue } from './cell-codecs.ts';

export type RowValues = Readonly<Record<string, CellValue>>;

/**
 * A block from rows as objects, by the declaration of their table: for the few rows of small tables. Stages with many rows
 * write them column by column with RowBinaryWriter.
 */
export function encodeRows(table: Table, rows: readonly RowValues[]): TableBlock {
  const writer = new RowBinaryWriter();
  for (const row of rows) {
    for (const column of table.columns) writeCell(writer, table, column, row[column.name]);
    writer.endRow();
  }
  return { table, rows: rows.length, bytes: writer.bytes() };
}

/** Strings are read as text: where they may be other bytes, read the rows with RowBinaryReader. */
export function decodeRows(columns: readonly Pick<Column, 'name' | 'type'>[], bytes: Buffer): RowValues[] {
  const reader = new RowBinaryReader(bytes);
  const rows: RowValues[] = [];
  while (!reader.atEnd) {
    rows.push(Object.fromEntries(columns.map(({ name, type }) => [name, CELL_CODECS[type].read(reader)])));
  }
  return rows;
}

function writeCell(writer: RowBinaryWriter, table: Table, column: Column, value: CellValue | undefined): void {
  if (value === undefined) throw new TypeError(`a row for ${table.name} has no ${column.name}`);
  try {
    CELL_CODECS[column.type].write(writer, value);
  } catch (error) {
    throw new TypeError(`${column.name} of a row for ${table.name} is no ${column.type}`, { cause: error });
  }
}
