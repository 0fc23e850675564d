import { parseDateTime } from '@tillstream/inventory';
import { UserError } from '@tillstream/runtime';
import type { Store } from '@tillstream/store';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const COLUMNS = [
  'store_id',
  'item_id',
  'snapshot_quantity',
  'change_quantity',
  'current_inventory',
  'date_time',
] as const;

type GoldRow = { readonly [Column in (typeof COLUMNS)[number]]: string | number };

/** A row's key, and what it says about it: compared as text. */
export type ExpectedRows = ReadonlyMap<string, string>;

export type FileComparison = {
  readonly differences: number;
  /** The first few, for people. */
  readonly examples: readonly string[];
};

const MAX_EXAMPLES = 5;

/** Reads the file before the run, so that a wrong name or layout is known at once and not after minutes. */
export function readExpectedFile(path: string): ExpectedRows {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (cause) {
    throw new UserError(`the expected file ${path} cannot be read: check the name after --expect`, { cause });
  }
  const lines = (path.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8').split(/\r?\n/);
  const header = lines[0]?.split(',') ?? [];
  const columns = COLUMNS.map((name) => header.indexOf(name));
  if (columns.includes(-1)) {
    throw new UserError(`${path}:1: expected the columns ${COLUMNS.join(',')}, found ${header.join(',')}`);
  }
  const rows = new Map<string, string>();
  lines.slice(1).forEach((line, index) => {
    if (line === '') return;
    const fields = line.split(',');
    const row = Object.fromEntries(COLUMNS.map((name, position) => [name, fields[columns[position]!] ?? '']));
    const { key, value } = canonical(row as GoldRow);
    if (value.includes('NaN')) throw new UserError(`${path}:${index + 2}: this is no row of inventory: ${line}`);
    rows.set(key, value);
  });
  return rows;
}

export async function compareWithFile(store: Store, expected: ExpectedRows): Promise<FileComparison> {
  const actual = new Map<string, string>();
  for (const row of await store.query<GoldRow>(`SELECT ${COLUMNS.join(', ')} FROM pos.inventory_current`)) {
    const { key, value } = canonical(row);
    actual.set(key, value);
  }
  const different: string[] = [];
  for (const [key, value] of expected) {
    const found = actual.get(key);
    if (found !== value) different.push(`${key}: expected ${value}, found ${found ?? 'no row'}`);
  }
  for (const [key, value] of actual) if (!expected.has(key)) different.push(`${key}: expected no row, found ${value}`);
  return { differences: different.length, examples: different.slice(0, MAX_EXAMPLES) };
}

function canonical(row: GoldRow): { readonly key: string; readonly value: string } {
  const quantities = [row.snapshot_quantity, row.change_quantity, row.current_inventory].map(Number);
  const time = parseDateTime(String(row.date_time));
  return { key: `store ${row.store_id} item ${row.item_id}`, value: `${quantities.join(' ')} at ${time}` };
}
