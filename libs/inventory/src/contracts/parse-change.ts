import type { ChangeLines } from './change-lines.ts';
import { ChangeScanner } from './change-scanner.ts';
import {
  checkAgainstWorld,
  checkChangeType,
  checkItem,
  checkItems,
  checkStoreAndTime,
  checkTransId,
  readDateTime,
  withRule,
  type Broken,
} from './fields.ts';
import { checkWhole, countColons, parseObject, type JsonObject } from './json-document.ts';
import { isInt32, MAX_AHEAD_MS } from './limits.ts';
import type { Reference } from './reference.ts';
import type { Rejections } from './rules.ts';

const KNOWN_FIELDS = new Set(['trans_id', 'store_id', 'date_time', 'change_type_id', 'items']);
const KNOWN_ITEM_FIELDS = new Set(['item_id', 'quantity']);

/** A record as it stands in its batch. */
export type RecordSpan = {
  readonly record: number;
  readonly bytes: Buffer;
  /** Negative when the value is null. */
  readonly start: number;
  readonly end: number;
  /** The record's own timestamp, epoch milliseconds. */
  readonly timestamp: number;
};

/** Where lines and rejections go, and what they are judged by. */
export type ChangeSink = {
  readonly reference: Reference;
  readonly lines: ChangeLines;
  readonly rejections: Rejections;
};

const scanner = new ChangeScanner();

/**
 * Appends the lines of one transaction record, or its rejection, by the rules of docs/contracts.md section 1. What the
 * scanner refuses, for whatever reason, is left to the plain parser, which alone knows the rules.
 */
export function parseChange(span: RecordSpan, sink: ChangeSink): void {
  if (!scanChange(span, sink)) parseChangePlainly(span, sink);
}

/** Appends the lines of a record that has the usual shape and breaks no rule. False, with nothing done, for any other. */
export function scanChange({ record, bytes, start, end, timestamp }: RecordSpan, sink: ChangeSink): boolean {
  const { reference, lines } = sink;
  if (start < 0 || !scanner.scan(bytes, start, end)) return false;
  const { storeId, changeTypeId, dateTime, itemIds, quantities } = scanner;
  const isKnown = reference.storeNames.has(storeId) && reference.changeTypes.has(changeTypeId);
  if (!isKnown || dateTime > timestamp + MAX_AHEAD_MS) return false;
  const transIdStart = lines.putTransIdFrom(bytes, scanner.transIdStart, scanner.transIdEnd);
  const head = { record, storeId, changeTypeId, dateTime, transIdStart };
  for (let item = 0; item < scanner.itemCount; item++) lines.addOf(head, itemIds[item]!, quantities[item]!);
  return true;
}

/** Any record at all, by `JSON.parse`. */
export function parseChangePlainly(span: RecordSpan, sink: ChangeSink): void {
  const { lines, rejections } = sink;
  const document = parseObject(span.bytes, span.start, span.end);
  if (typeof document === 'string') {
    rejections.rejectRecord(span.record, [document]);
    return;
  }
  const dateTime = readDateTime(document);
  const broken = checkFields(document, dateTime);
  const plain = broken === undefined && isPlain(document, span);
  if (!plain) {
    const rule = checkWhole(document, span.bytes, span.start, span.end);
    if (rule !== undefined) return rejections.rejectRecord(span.record, [rule]);
    if (broken !== undefined) return rejections.rejectRecord(span.record, broken);
  }
  const outside = checkOutside(document, dateTime, span.timestamp, sink.reference);
  if (outside !== undefined) return rejections.rejectRecord(span.record, outside);
  appendLines(span.record, document, dateTime, sink);
  if (!plain) rescueUnknownFields(span.record, document, lines);
}

function checkFields(document: JsonObject, dateTime: number): Broken {
  let broken = checkTransId(document['trans_id'], undefined);
  broken = checkStoreAndTime(document, dateTime, broken);
  broken = checkChangeType(document, broken);
  return checkItems(document['items'], broken);
}

function checkOutside(document: JsonObject, dateTime: number, timestamp: number, reference: Reference): Broken {
  const storeId = document['store_id'] as number;
  const broken = checkAgainstWorld({ storeId, dateTime, timestamp }, reference);
  const known = reference.changeTypes.has(document['change_type_id'] as number);
  return known ? broken : withRule(broken, 'unknown_change_type');
}

/** Colons in a record with the fields of the contract: behind five names, and two in `date_time`. Each item has two more. */
const COLONS_BESIDE_ITEMS = 7;

/**
 * Has exactly the fields of the contract, each once, with plain integers in its items: another field, known or not,
 * would have another colon. Such a document cannot break a rule of group 1, so the full walk is left out.
 */
function isPlain(document: JsonObject, { bytes, start, end }: RecordSpan): boolean {
  const items = document['items'] as readonly unknown[];
  for (const item of items) {
    if (typeof item !== 'object' || item === null) return false;
    if (!Number.isSafeInteger((item as JsonObject)['item_id'])) return false;
    if (!Number.isSafeInteger((item as JsonObject)['quantity'])) return false;
  }
  return countColons(bytes, start, end) === COLONS_BESIDE_ITEMS + 2 * items.length;
}

function appendLines(record: number, document: JsonObject, dateTime: number, sink: ChangeSink): void {
  const { lines, rejections } = sink;
  const items = document['items'] as readonly unknown[];
  const sums = foldItems(record, items, rejections);
  if (sums.size === 0) return;
  const head = {
    record,
    storeId: document['store_id'] as number,
    changeTypeId: document['change_type_id'] as number,
    dateTime,
    transIdStart: lines.putTransId(document['trans_id'] as string),
  };
  for (const [itemId, quantity] of sums) lines.addOf(head, itemId, quantity);
}

/** Quantities of the valid entries by item. An item whose sum leaves Int32 is rejected with all of its entries. */
function foldItems(record: number, items: readonly unknown[], rejections: Rejections): Map<number, number> {
  const sums = new Map<number, number>();
  let overflow = false;
  items.forEach((item, index) => {
    const broken = checkItem(item);
    for (const rule of broken ?? []) rejections.rejectLine(record, index, rule);
    if (broken !== undefined) return;
    const { item_id: itemId, quantity } = item as { readonly item_id: number; readonly quantity: number };
    const sum = (sums.get(itemId) ?? 0) + quantity;
    sums.set(itemId, sum);
    overflow ||= !isInt32(sum);
  });
  if (overflow) rejectOverflown(record, items, sums, rejections);
  return sums;
}

/** Judged on the whole sum: entries that leave Int32 only on the way are fine. */
function rejectOverflown(
  record: number,
  items: readonly unknown[],
  sums: Map<number, number>,
  rejections: Rejections,
): void {
  items.forEach((item, index) => {
    if (checkItem(item) !== undefined) return;
    const sum = sums.get((item as { readonly item_id: number }).item_id)!;
    if (!isInt32(sum)) rejections.rejectLine(record, index, 'number_out_of_range');
  });
  for (const [itemId, sum] of sums) if (!isInt32(sum)) sums.delete(itemId);
}

/** Keeps unknown fields as JSON by line: the record's at the top, those of the item's own entries under `items`. */
function rescueUnknownFields(record: number, document: JsonObject, lines: ChangeLines): void {
  const ofRecord = unknownFields(document, KNOWN_FIELDS);
  const ofItems = unknownFieldsByItem(document['items'] as readonly unknown[]);
  if (ofRecord === undefined && ofItems.size === 0) return;
  const ofRecordAlone = JSON.stringify(ofRecord);
  for (let line = lines.count - 1; line >= 0 && lines.record[line] === record; line--) {
    const items = ofItems.get(lines.itemId[line]!);
    if (items !== undefined) lines.rescued.set(line, JSON.stringify({ ...ofRecord, items }));
    else if (ofRecord !== undefined) lines.rescued.set(line, ofRecordAlone);
  }
}

function unknownFieldsByItem(items: readonly unknown[]): ReadonlyMap<number, readonly JsonObject[]> {
  const byItem = new Map<number, JsonObject[]>();
  for (const item of items) {
    if (checkItem(item) !== undefined) continue;
    const unknown = unknownFields(item as JsonObject, KNOWN_ITEM_FIELDS);
    if (unknown !== undefined) append(byItem, (item as JsonObject)['item_id'] as number, unknown);
  }
  return byItem;
}

function unknownFields(document: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const unknown = Object.keys(document).filter((name) => !known.has(name));
  return unknown.length === 0 ? undefined : Object.fromEntries(unknown.map((name) => [name, document[name]]));
}

/**
 * Indexes of a record's valid entries by item: what the rejection of a folded line names. Reads the record again, since
 * only few lines are rejected after folding.
 */
export function entriesByItem(bytes: Buffer, start: number, end: number): ReadonlyMap<number, readonly number[]> {
  const document = JSON.parse(bytes.toString('utf8', start, end)) as { readonly items: readonly unknown[] };
  const byItem = new Map<number, number[]>();
  document.items.forEach((item, index) => {
    if (checkItem(item) === undefined) append(byItem, (item as { readonly item_id: number }).item_id, index);
  });
  return byItem;
}

function append<Value>(byItem: Map<number, Value[]>, itemId: number, value: Value): void {
  const values = byItem.get(itemId);
  if (values === undefined) byItem.set(itemId, [value]);
  else values.push(value);
}
