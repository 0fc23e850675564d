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

/** What a file says, as rows of its table; `write` writes the columns that the file has. */
type Reference<Row> = {
  readonly table: Table;
  readonly rows: readonly Row[];
  readonly id: (row: Row) => number;
  readonly write: (writer: RowBinaryWriter, row: Row) => void;
};

/**
 * Replaces the reference tables by the files of a folder: all three are read and checked before any is written, so a
 * broken file leaves everything as it was, and so do files that say what is stored already. `generation` must grow from
 * load to load; readers see the greatest.
 */
export async function loadReferenceData(store: Store, folder: string, generation: number): Promise<void> {
  const [stores, items, changeTypes] = await Promise.all([
    read(folder, STORE, parseStores),
    read(folder, ITEM, parseItems),
    read(folder, INVENTORY_CHANGE_TYPE, parseChangeTypes),
  ]);
  const references = [
    reference({
      table: STORE,
      rows: stores,
      id: (row) => row.store_id,
      write: (writer, row) => {
        writer.int32(row.store_id);
        writer.string(row.name);
      },
    }),
    reference({
      table: ITEM,
      rows: items,
      id: (row) => row.item_id,
      write: (writer, row) => {
        writer.int32(row.item_id);
        writer.string(row.name);
        writer.int32(row.supplier_id);
        writer.int32(row.safety_stock_quantity);
      },
    }),
    reference({
      table: INVENTORY_CHANGE_TYPE,
      rows: changeTypes,
      id: (row) => row.change_type_id,
      write: (writer, row) => {
        writer.int16(row.change_type_id);
        writer.string(row.change_type);
      },
    }),
  ];
  const areStored = await Promise.all(references.map(async (one) => one.isStoredIn(store)));
  if (areStored.every(Boolean)) return;
  for (const one of references) await store.insert(one.block(generation));
}

function reference<Row>({ table, rows, id, write }: Reference<Row>) {
  const sorted = rows.toSorted((one, other) => id(one) - id(other));
  const encoded = (generation?: number): RowBinaryWriter => {
    const writer = new RowBinaryWriter();
    for (const row of sorted) {
      write(writer, row);
      if (generation !== undefined) writer.uint64(generation);
      writer.endRow();
    }
    return writer;
  };
  return {
    async isStoredIn(store: Store): Promise<boolean> {
      const stored = await store.queryRowBinary(`SELECT * FROM pos.${table.name} ORDER BY ${table.columns[0]!.name}`);
      return encoded().bytes().equals(stored);
    },
    block(generation: number): TableBlock {
      const writer = encoded(generation);
      return { table, rows: writer.rows, bytes: writer.bytes() };
    },
  };
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
    if (packed !== undefined) return unpacked(`${path}.gz`, packed);
    throw new UserError(`reference file ${path} cannot be read: put it there, with a header line first`, { cause });
  }
}

function unpacked(path: string, packed: Buffer): string {
  try {
    return gunzipSync(packed).toString('utf8');
  } catch (cause) {
    throw new UserError(`reference file ${path} cannot be unpacked: pack it anew with gzip`, { cause });
  }
}
