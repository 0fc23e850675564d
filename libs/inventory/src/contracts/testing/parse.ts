import { Buffer } from 'node:buffer';
import { ChangeLines } from '../change-lines.ts';
import { CountEntries } from '../count-entries.ts';
import { parseChange, parseChangePlainly, scanChange } from '../parse-change.ts';
import { parseCount } from '../parse-count.ts';
import type { Reference } from '../reference.ts';
import { Rejections } from '../rules.ts';

/** 2011-03-01 12:00, when the records of these tests were sent. */
export const SENT_AT = Date.UTC(2011, 2, 1, 12);

export const REFERENCE: Reference = {
  storeNames: new Map([
    [19, 'Main Street'],
    [20, 'online'],
    [-1, 'Warehouse'],
  ]),
  changeTypes: new Map([
    [1, 'sale'],
    [2, 'bopis'],
    [-3, 'shrink'],
  ]),
  itemIds: new Set([1, 2, 3]),
};

export type Line = {
  readonly transId: string;
  readonly storeId: number;
  readonly itemId: number;
  readonly quantity: number;
  readonly changeTypeId: number;
  readonly dateTime: number;
  readonly rescued: string;
};

export type Entry = {
  readonly index: number;
  readonly storeId: number;
  readonly itemId: number;
  readonly quantity: number;
  readonly dateTime: number;
  readonly employeeId: number | null;
};

/** What became of one record: its rows, the rules it broke in the order of their names, and its broken entries. */
export type Outcome<Row> = {
  readonly rows: readonly Row[];
  readonly rules: readonly string[];
  readonly brokenEntries: readonly number[];
};

const RECORD = 7;
const BEFORE = Buffer.from('}"\\');
const BEHIND = Buffer.from('{"');

/** The record in the midst of others' bytes, as it stands in a batch. */
function spanOf(value: Buffer | string | null) {
  if (value === null) return { record: RECORD, bytes: BEFORE, start: -1, end: -1, timestamp: SENT_AT };
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  const start = BEFORE.length;
  const bytes = Buffer.concat([BEFORE, content, BEHIND]);
  return { record: RECORD, bytes, start, end: start + content.length, timestamp: SENT_AT };
}

function outcomeOf<Row>(rows: readonly Row[], rejections: Rejections): Outcome<Row> {
  if (rejections.byRecord.size > 1) throw new Error('more than one rejection of one record');
  const rejection = rejections.byRecord.get(RECORD);
  if (rejection === undefined && rejections.byRecord.size > 0) throw new Error('another record was rejected');
  return {
    rows,
    rules: [...(rejection?.rules ?? [])].sort(),
    brokenEntries: [...(rejection?.lines ?? [])].sort((one, other) => one - other),
  };
}

const lines = new ChangeLines();

export function judgeChange(value: Buffer | string | null, parse = parseChange): Outcome<Line> {
  lines.clear();
  const rejections = new Rejections();
  parse(spanOf(value), { reference: REFERENCE, lines, rejections });
  return outcomeOf(changeRows(), rejections);
}

export function judgeChangePlainly(value: Buffer | string | null): Outcome<Line> {
  return judgeChange(value, parseChangePlainly);
}

/** What the scanner makes of a record that stands anywhere in a batch; undefined when it leaves it to the plain parser. */
export function scanned(bytes: Buffer, start: number, end: number): Outcome<Line> | undefined {
  lines.clear();
  const rejections = new Rejections();
  const span = { record: RECORD, bytes, start, end, timestamp: SENT_AT };
  const isTaken = scanChange(span, { reference: REFERENCE, lines, rejections });
  if (isTaken) return outcomeOf(changeRows(), rejections);
  if (lines.count + lines.arenaUsed + lines.rescued.size + rejections.byRecord.size === 0) return undefined;
  throw new Error('the scanner has left something of a record that it did not take');
}

function changeRows(): readonly Line[] {
  return Array.from({ length: lines.count }, (_, line) => {
    if (lines.record[line] !== RECORD) throw new Error(`line ${line} is of record ${lines.record[line]}`);
    return {
      transId: lines.transId(line),
      storeId: lines.storeId[line]!,
      itemId: lines.itemId[line]!,
      quantity: lines.quantity[line]!,
      changeTypeId: lines.changeTypeId[line]!,
      dateTime: lines.dateTime[line]!,
      rescued: lines.rescued.get(line) ?? '',
    };
  });
}

export function judgeCount(value: Buffer | string | null): Outcome<Entry> {
  const entries = new CountEntries();
  const rejections = new Rejections();
  parseCount(spanOf(value), { reference: REFERENCE, entries, rejections });
  const rows = Array.from({ length: entries.count }, (_, entry) => {
    if (entries.record[entry] !== RECORD) throw new Error(`entry ${entry} is of record ${entries.record[entry]}`);
    return {
      index: entries.line[entry]!,
      storeId: entries.storeId[entry]!,
      itemId: entries.itemId[entry]!,
      quantity: entries.quantity[entry]!,
      dateTime: entries.dateTime[entry]!,
      employeeId: entries.employeeId[entry]!,
    };
  });
  return outcomeOf(rows, rejections);
}
