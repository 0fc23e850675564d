import { Buffer } from 'node:buffer';
import type { Reference } from '../reference.ts';
import type { Entry, Line, Outcome } from './parse.ts';

/**
 * Sections 1 and 2 of docs/contracts.md once more, written from the page alone: slow, plain, sharing no code with what it
 * is compared with.
 */
type Document = { readonly [field: string]: unknown };
type World = { readonly reference: Reference; readonly sentAt: number };
type Kind = 'change' | 'count';
type Read = { readonly rules: readonly string[] } | { readonly document: Document };

const JSON_STRING = /"(?:[^"\\]|\\[^])*"?/g;
const SURROGATE_PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

export function naiveChange(value: Buffer | null, world: World): Outcome<Line> {
  const read = readRecord(value, 'change', world);
  if ('rules' in read) return { rows: [], rules: sorted(read.rules), brokenEntries: [] };
  const { document } = read;
  const items = document['items'] as unknown[];
  const broken: { index: number; rule: string }[] = [];
  const sums = new Map<number, bigint>();
  const members = new Map<number, number[]>();
  items.forEach((item, index) => {
    const rules = entryRules(item);
    broken.push(...rules.map((rule) => ({ index, rule })));
    if (rules.length > 0) return;
    const { item_id: id, quantity } = item as { item_id: number; quantity: number };
    sums.set(id, (sums.get(id) ?? 0n) + BigInt(quantity));
    members.set(id, [...(members.get(id) ?? []), index]);
  });
  const rows: Line[] = [];
  for (const [itemId, sum] of sums) {
    if (sum < -2147483648n || sum > 2147483647n) {
      for (const index of members.get(itemId)!) broken.push({ index, rule: 'number_out_of_range' });
      continue;
    }
    rows.push({
      transId: document['trans_id'] as string,
      storeId: Number(document['store_id']) + 0,
      itemId: itemId + 0,
      quantity: Number(sum),
      changeTypeId: Number(document['change_type_id']) + 0,
      dateTime: moment(document['date_time'])!,
      rescued: rescuedData(
        document,
        members.get(itemId)!.map((index) => items[index] as Document),
      ),
    });
  }
  return { rows, ...named(broken) };
}

export function naiveCount(value: Buffer | null, world: World): Outcome<Entry> {
  const read = readRecord(value, 'count', world);
  if ('rules' in read) return { rows: [], rules: sorted(read.rules), brokenEntries: [] };
  const { document } = read;
  const rows: Entry[] = [];
  const broken: { index: number; rule: string }[] = [];
  (document['items'] as unknown[]).forEach((item, index) => {
    const rules = entryRules(item);
    broken.push(...rules.map((rule) => ({ index, rule })));
    if (rules.length > 0) return;
    const { item_id: itemId, quantity } = item as { item_id: number; quantity: number };
    const employeeId = (document['employee_id'] as number | null | undefined) ?? null;
    rows.push({
      index,
      storeId: Number(document['store_id']) + 0,
      itemId: itemId + 0,
      quantity: quantity + 0,
      dateTime: moment(document['date_time'])!,
      employeeId,
    });
  });
  return { rows, ...named(broken) };
}

function readRecord(value: Buffer | null, kind: Kind, world: World): Read {
  const first = brokenText(value);
  if (first !== undefined) return { rules: [first] };
  const document = JSON.parse(value!.toString()) as Document;
  const second = brokenFields(document, kind);
  if (second.length > 0) return { rules: second };
  const third = brokenMeaning(document, kind, world);
  return third.length > 0 ? { rules: third } : { document };
}

/** Group 1. */
function brokenText(value: Buffer | null): string | undefined {
  if (value === null || value.length === 0) return 'empty_message';
  if (value.length > 1_048_576) return 'message_too_large';
  const text = orUndefined(() => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value));
  if (text === undefined) return 'invalid_utf8';
  if (levels(text) > 32) return 'nested_too_deep';
  const document = orUndefined(() => JSON.parse(text) as unknown);
  if (document === undefined || hasLoneSurrogate(text)) return 'invalid_json';
  return brokenDocument(document, text);
}

function brokenDocument(document: unknown, text: string): string | undefined {
  if (document === null || typeof document !== 'object' || Array.isArray(document)) return 'not_an_object';
  const items = (document as Document)['items'];
  const objects = [document, ...(Array.isArray(items) ? items : [])].filter((one) => one instanceof Object);
  if (objects.some((object) => Object.keys(object).includes('__proto__'))) return 'forbidden_field';
  const numbers = text.replaceAll(JSON_STRING, ' ').match(/-?\d[\d.eE+-]*/g) ?? [];
  return numbers.some((number) => !(Math.abs(Number(number)) <= 2 ** 53 - 1)) ? 'number_out_of_range' : undefined;
}

function orUndefined<Value>(attempt: () => Value): Value | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

function levels(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const character of text.replaceAll(JSON_STRING, '')) {
    if ('{['.includes(character)) deepest = Math.max(deepest, ++depth);
    if ('}]'.includes(character)) depth--;
  }
  return deepest;
}

function hasLoneSurrogate(json: string): boolean {
  const strings = [...json.matchAll(JSON_STRING)].map(([string]) => JSON.parse(string) as string);
  return strings.some((string) => /[\ud800-\udfff]/.test(string.replaceAll(SURROGATE_PAIR, '')));
}

/** Group 2. */
function brokenFields(document: Document, kind: Kind): readonly string[] {
  const { store_id: store, items } = document;
  const rules = kind === 'change' ? brokenChangeFields(document) : brokenCountFields(document);
  if (!isInteger(store)) rules.add('invalid_store_id');
  else if (!fits(store, 32)) rules.add('number_out_of_range');
  if (moment(document['date_time']) === undefined) rules.add('invalid_date_time');
  if (!Array.isArray(items) || items.length === 0) rules.add('no_items');
  return [...rules];
}

function brokenChangeFields({ trans_id: id, change_type_id: type }: Document): Set<string> {
  const rules = new Set<string>();
  if (typeof id !== 'string' || id.length === 0 || Buffer.from(id).length > 4096) rules.add('invalid_trans_id');
  if (!isInteger(type)) rules.add('invalid_change_type_id');
  else if (!fits(type, 16)) rules.add('number_out_of_range');
  return rules;
}

function brokenCountFields({ employee_id: employee }: Document): Set<string> {
  const isFine = employee === undefined || employee === null || (isInteger(employee) && fits(employee, 32));
  return new Set(isFine ? [] : ['invalid_employee_id']);
}

/** Group 3. */
function brokenMeaning(document: Document, kind: Kind, { reference, sentAt }: World): readonly string[] {
  const rules: string[] = [];
  if (moment(document['date_time'])! - sentAt > 86_400_000) rules.push('future_date_time');
  if (!reference.storeNames.has(document['store_id'] as number)) rules.push('unknown_store');
  if (kind === 'change' && !reference.changeTypes.has(document['change_type_id'] as number)) {
    rules.push('unknown_change_type');
  }
  return rules;
}

function entryRules(entry: unknown): string[] {
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return ['invalid_item'];
  const rules = new Set<string>();
  const { item_id: item, quantity } = entry as Document;
  if (!isInteger(item)) rules.add('invalid_item_id');
  else if (!fits(item, 32)) rules.add('number_out_of_range');
  if (!isInteger(quantity)) rules.add('invalid_quantity');
  else if (!fits(quantity, 32)) rules.add('number_out_of_range');
  return [...rules];
}

function rescuedData(document: Document, entries: readonly Document[]): string {
  const rest = (object: Document, known: readonly string[]): Document =>
    Object.fromEntries(Object.entries(object).filter(([field]) => !known.includes(field)));
  const ofRecord = rest(document, ['trans_id', 'store_id', 'date_time', 'change_type_id', 'items']);
  const ofEntries = entries
    .map((entry) => rest(entry, ['item_id', 'quantity']))
    .filter((one) => Object.keys(one).length);
  if (ofEntries.length > 0) return JSON.stringify({ ...ofRecord, items: ofEntries });
  return Object.keys(ofRecord).length > 0 ? JSON.stringify(ofRecord) : '';
}

function moment(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,3}))?Z?$/.exec(value);
  if (match === null) return undefined;
  const whole = `${match[1]}T${match[2]}.${(match[3] ?? '').padEnd(3, '0')}Z`;
  const year = Number(whole.slice(0, 4));
  const time = Date.parse(whole);
  const isReal = !Number.isNaN(time) && new Date(time).toISOString() === whole;
  return isReal && year >= 1970 && year <= 2299 ? time : undefined;
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && Math.floor(value) === value;
}

function fits(value: number, bits: 16 | 32): boolean {
  return value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);
}

function named(broken: readonly { index: number; rule: string }[]) {
  const brokenEntries = [...new Set(broken.map(({ index }) => index))].sort((one, other) => one - other);
  return { rules: sorted(broken.map(({ rule }) => rule)), brokenEntries };
}

function sorted(rules: readonly string[]): readonly string[] {
  return [...new Set(rules)].sort();
}
