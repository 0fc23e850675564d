import { columnIndexes, csvRows, parseIntegerField, type CsvRow } from './csv.ts';
import { parseDateTime } from './date-time.ts';
import { INT32_MAX, INT32_MIN, isInt32 } from './limits.ts';
import type { Rule } from './rules.ts';

const COLUMNS = ['item_id', 'employee_id', 'store_id', 'date_time', 'quantity'] as const;
/** A leading row number, which exports like to add. */
const IGNORED_COLUMNS: ReadonlySet<string> = new Set(['', 'id']);
const HEADER_LINE = 1;

export type SheetRow = {
  /** Line in the file; 1 is the header. */
  readonly line: number;
  readonly itemId: number;
  readonly employeeId: number | null;
  readonly storeId: number;
  readonly dateTime: number;
  readonly quantity: number;
};

/** A row that breaks rules, with the text it had. */
export type BrokenRow = { readonly line: number; readonly text: string; readonly rules: readonly Rule[] };

export type CountSheet = { readonly rows: readonly SheetRow[]; readonly broken: readonly BrokenRow[] };

/** Reads a count file by docs/contracts.md section 3. A broken row is set aside; a wrong header refuses the whole file. */
export function parseCountSheet(text: string): CountSheet {
  const rows: SheetRow[] = [];
  const broken: BrokenRow[] = [];
  let columns: readonly number[] | undefined;
  let width = 0;
  for (const row of csvRows(text)) {
    if (columns === undefined) {
      columns = row.fields && columnIndexes(row.fields, COLUMNS, IGNORED_COLUMNS);
      width = row.fields?.length ?? 0;
      if (columns === undefined)
        return { rows, broken: [{ line: row.line, text: row.text, rules: ['malformed_header'] }] };
      continue;
    }
    const parsed = parseRow(row, columns, width);
    if ('rules' in parsed) broken.push(parsed);
    else rows.push(parsed);
  }
  if (columns === undefined) broken.push({ line: HEADER_LINE, text: '', rules: ['malformed_header'] });
  return { rows, broken };
}

function parseRow(row: CsvRow, columns: readonly number[], width: number): SheetRow | BrokenRow {
  const { line, text, fields } = row;
  if (fields === undefined || fields.length !== width) return { line, text, rules: ['malformed_row'] };
  const [item, employee, store, time, count] = columns.map((column) => fields[column]!) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const parsed: SheetRow = {
    line,
    itemId: parseIntegerField(item),
    employeeId: employee === '' ? null : parseIntegerField(employee),
    storeId: parseIntegerField(store),
    dateTime: parseDateTime(time),
    quantity: parseIntegerField(count),
  };
  const rules = brokenRules(parsed);
  return rules.length > 0 ? { line, text, rules } : parsed;
}

/** Comparisons with NaN are false, so a field is never both no integer and out of range. */
function brokenRules({ itemId, employeeId, storeId, dateTime, quantity }: SheetRow): readonly Rule[] {
  const rules: Rule[] = [];
  if (Number.isNaN(storeId)) rules.push('invalid_store_id');
  if (Number.isNaN(dateTime)) rules.push('invalid_date_time');
  if (employeeId !== null && !isInt32(employeeId)) rules.push('invalid_employee_id');
  if (Number.isNaN(itemId)) rules.push('invalid_item_id');
  if (Number.isNaN(quantity)) rules.push('invalid_quantity');
  if ([itemId, storeId, quantity].some((value) => value < INT32_MIN || value > INT32_MAX)) {
    rules.push('number_out_of_range');
  }
  return rules;
}
