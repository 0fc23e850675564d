import {
  INVENTORY_CHANGE_TYPE,
  ITEM,
  parseChangeTypes,
  parseItems,
  parseStores,
  ReferenceFileError,
  STORE,
  type Table,
} from '@tillstream/inventory';
import { UserError } from '../errors.ts';
import { encodeRows, type RowValues, type Store } from '@tillstream/store';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** What a file says, as rows of its table without their generation. */
type ReferenceFile = { readonly table: Table; readonly rows: readonly RowValues[] };

/**
 * Replaces the reference tables by the files of a folder: all three are read and checked before any is written, so a
 * broken file leaves everything as it was, and so do files that say what is stored already. `generation` must grow from
 * load to load; readers see the greatest.
 */
export async function loadReferenceData(store: Store, folder: string, generation: number): Promise<void> {
  const files = await Promise.all([
    read(folder, STORE, parseStores),
    read(folder, ITEM, parseItems),
    read(folder, INVENTORY_CHANGE_TYPE, parseChangeTypes),
  ]);
  const areStored = await Promise.all(files.map(async (file) => isStored(store, file)));
  if (areStored.every(Boolean)) return;
  for (const { table, rows } of files) {
    await store.insert(
      encodeRows(
        table,
        rows.map((row) => ({ ...row, generation })),
      ),
    );
  }
}

async function isStored(store: Store, { table, rows }: ReferenceFile): Promise<boolean> {
  const columns = table.columns.filter(({ internal }) => internal !== true);
  const id = columns[0]!.name;
  const sorted = rows.toSorted((one, other) => Number(one[id]) - Number(other[id]));
  const stored = await store.queryRowBinary(`SELECT * FROM pos.${table.name} ORDER BY ${id}`);
  return encodeRows({ ...table, columns }, sorted).bytes.equals(stored);
}

async function read(
  folder: string,
  table: Table,
  parse: (text: string, path: string) => readonly RowValues[],
): Promise<ReferenceFile> {
  const path = join(folder, `${table.name}.txt`);
  const text = await readText(path);
  try {
    const rows = parse(text, path);
    if (rows.length === 0) throw new ReferenceFileError(`${path}:1: there is a header and no row`);
    return { table, rows };
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
