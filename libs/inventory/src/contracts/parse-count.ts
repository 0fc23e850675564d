import type { CountEntries } from './count-entries.ts';
import {
  checkAgainstWorld,
  checkItem,
  checkItems,
  checkStoreAndTime,
  readDateTime,
  withRule,
  type Broken,
} from './fields.ts';
import { checkWhole, parseObject, type JsonObject } from './json-document.ts';
import { isInt32 } from './limits.ts';
import type { RecordSpan } from './parse-change.ts';
import type { Reference } from './reference.ts';
import type { Rejections } from './rules.ts';

export type CountSink = {
  readonly reference: Reference;
  readonly entries: CountEntries;
  readonly rejections: Rejections;
};

/** Appends the counts of one count record, or its rejection, by the rules of docs/contracts.md section 2. */
export function parseCount(span: RecordSpan, sink: CountSink): void {
  const { entries, rejections } = sink;
  const document = parseObject(span.bytes, span.start, span.end);
  if (typeof document === 'string') return rejections.rejectRecord(span.record, [document]);
  // Counts are few beside changes: every document gets the full walk.
  const whole = checkWhole(document, span.bytes, span.start, span.end);
  if (whole !== undefined) return rejections.rejectRecord(span.record, [whole]);
  const dateTime = readDateTime(document);
  const broken = checkFields(document, dateTime);
  if (broken !== undefined) return rejections.rejectRecord(span.record, broken);
  const storeId = document['store_id'] as number;
  const outside = checkAgainstWorld({ storeId, dateTime, timestamp: span.timestamp }, sink.reference);
  if (outside !== undefined) return rejections.rejectRecord(span.record, outside);

  const employeeId = (document['employee_id'] ?? null) as number | null;
  (document['items'] as readonly unknown[]).forEach((item, index) => {
    const brokenEntry = checkItem(item);
    for (const rule of brokenEntry ?? []) rejections.rejectLine(span.record, index, rule);
    if (brokenEntry !== undefined) return;
    const { item_id: itemId, quantity } = item as { readonly item_id: number; readonly quantity: number };
    const entry = entries.add();
    entries.record[entry] = span.record;
    entries.line[entry] = index;
    entries.storeId[entry] = storeId;
    entries.itemId[entry] = itemId;
    entries.quantity[entry] = quantity;
    entries.dateTime[entry] = dateTime;
    entries.employeeId.push(employeeId);
  });
}

function checkFields(document: JsonObject, dateTime: number): Broken {
  let broken = checkStoreAndTime(document, dateTime, undefined);
  const employee = document['employee_id'] ?? null;
  if (employee !== null && !(Number.isInteger(employee) && isInt32(employee as number))) {
    broken = withRule(broken, 'invalid_employee_id');
  }
  return checkItems(document['items'], broken);
}
