import { columnIndexes, csvRows, parseIntegerField } from './csv.ts';
import { isInt16, isInt32 } from './limits.ts';

export type StoreRow = { readonly store_id: number; readonly name: string };
export type ItemRow = {
  readonly item_id: number;
  readonly name: string;
  readonly supplier_id: number;
  readonly safety_stock_quantity: number;
};
export type ChangeTypeRow = { readonly change_type_id: number; readonly change_type: string };

/** A reference file that cannot be taken as it is: file and line are in the message. */
export class ReferenceFileError extends Error {
  override readonly name = 'ReferenceFileError';
}

type Field = 'text' | 'int32' | 'int16';
type Layout<Row> = { readonly [Column in keyof Row]: Field };

const NOTHING_IGNORED: ReadonlySet<string> = new Set();

export const parseStores = readerOf<StoreRow>({ store_id: 'int32', name: 'text' });

export const parseItems = readerOf<ItemRow>({
  item_id: 'int32',
  name: 'text',
  supplier_id: 'int32',
  safety_stock_quantity: 'int32',
});

export const parseChangeTypes = readerOf<ChangeTypeRow>({ change_type_id: 'int16', change_type: 'text' });

/** Reads a whole file or nothing: throws a `ReferenceFileError` at the first row that is not as declared. */
function readerOf<Row>(layout: Layout<Row>): (text: string, path: string) => readonly Row[] {
  const columns = Object.keys(layout) as (keyof Row & string)[];
  return (text, path) => {
    const rows: Row[] = [];
    let indexes: readonly number[] | undefined;
    const fail = (line: number, what: string): never => {
      throw new ReferenceFileError(`${path}:${line}: ${what}`);
    };
    for (const { line, fields } of csvRows(text)) {
      if (fields === undefined) return fail(line, 'a quoted field does not end');
      if (indexes === undefined) {
        indexes = columnIndexes(fields, columns, NOTHING_IGNORED);
        if (indexes === undefined)
          return fail(line, `expected the header ${columns.join(',')}, found ${fields.join(',')}`);
        continue;
      }
      if (fields.length !== columns.length)
        return fail(line, `expected ${columns.length} fields, found ${fields.length}`);
      const row = columns.map((column, position) => {
        const value = readField(fields[indexes![position]!]!, layout[column]);
        return [column, value ?? fail(line, `${column} is no ${layout[column]}: ${fields[indexes![position]!]}`)];
      });
      rows.push(Object.fromEntries(row) as Row);
    }
    if (indexes === undefined) return fail(1, `the file is empty, expected the header ${columns.join(',')}`);
    return rows;
  };
}

function readField(text: string, field: Field): number | string | undefined {
  if (field === 'text') return text;
  const value = parseIntegerField(text);
  return (field === 'int16' ? isInt16(value) : isInt32(value)) ? value : undefined;
}
