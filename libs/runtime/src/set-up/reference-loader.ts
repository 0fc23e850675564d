import {
  INVENTORY_CHANGE_TYPE,
  ITEM,
  parseChangeTypes,
  parseItems,
  parseStores,
  ReferenceFileError,
  RowBinaryWriter,
  STORE,
  type Table,
} from '@tillstream/inventory';
import { UserError } from '../errors.ts';
import type { Store, TableBlock } from '@tillstream/store';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * Replaces the reference tables by the files of a folder: all three are read and checked before any is written, so a
 * broken file leaves everything as it was. `generation` must grow from load to load; readers see the greatest.
 */
export async function loadReferenceData(store: Store, folder: string, generation: number): Promise<void> {
  const [stores, items, changeTypes] = await Promise.all([
    read(folder, STORE, parseStores),
    read(folder, ITEM, parseItems),
    read(folder, INVENTORY_CHANGE_TYPE, parseChangeTypes),
  ]);
  const blocks = [
    block(STORE, stores, generation, (writer, row) => {
      writer.int32(row.store_id);
      writer.string(row.name);
    }),
    block(ITEM, items, generation, (writer, row) => {
      writer.int32(row.item_id);
      writer.string(row.name);
      writer.int32(row.supplier_id);
      writer.int32(row.safety_stock_quantity);
    }),
    block(INVENTORY_CHANGE_TYPE, changeTypes, generation, (writer, row) => {
      writer.int16(row.change_type_id);
      writer.string(row.change_type);
    }),
  ];
  for (const one of blocks) await store.insert(one);
}

async function read<Row>(
  folder: string,
  table: Table,
  parse: (text: string, path: string) => readonly Row[],
): Promise<readonly Row[]> {
  const path = join(folder, `${table.name}.txt`);
  const text = await readText(path);
  try {
    const rows = parse(text, path);
    if (rows.length === 0) throw new ReferenceFileError(`${path}:1: there is a header and no row`);
    return rows;
  } catch (cause) {
    if (cause instanceof ReferenceFileError) throw new UserError(cause.message, { cause });
    throw cause;
  }
}

/** The file, or the same one packed by gzip. */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const packed = await readFile(`${path}.gz`).catch(() => undefined);
    if (packed !== undefined) return gunzipSync(packed).toString('utf8');
    throw new UserError(`reference file ${path} cannot be read: put it there, with a header line first`, { cause });
  }
}

function block<Row>(
  table: Table,
  rows: readonly Row[],
  generation: number,
  write: (writer: RowBinaryWriter, row: Row) => void,
): TableBlock {
  const writer = new RowBinaryWriter();
  for (const row of rows) {
    write(writer, row);
    writer.uint64(generation);
    writer.endRow();
  }
  return { table, rows: writer.rows, bytes: writer.bytes() };
}
