import { parseDateTime } from './date-time.ts';
import { isInt16, isInt32, MAX_AHEAD_MS, MAX_TRANS_ID_BYTES } from './limits.ts';
import type { JsonObject } from './json-document.ts';
import type { Reference } from './reference.ts';
import type { Rule } from './rules.ts';

/** Collects the broken rules of one group; nothing is allocated while none is broken. */
export type Broken = Rule[] | undefined;

export function withRule(broken: Broken, rule: Rule): Rule[] {
  if (broken === undefined) return [rule];
  if (!broken.includes(rule)) broken.push(rule);
  return broken;
}

/** Checks an integer field's type and range; the value is only meaningful when nothing was broken. */
function checkInteger(value: unknown, broken: Broken, invalid: Rule, fits = isInt32): Broken {
  if (!Number.isInteger(value)) return withRule(broken, invalid);
  return fits(value as number) ? broken : withRule(broken, 'number_out_of_range');
}

export function checkTransId(value: unknown, broken: Broken): Broken {
  const valid = typeof value === 'string' && value !== '' && byteLengthAtMost(value, MAX_TRANS_ID_BYTES);
  return valid ? broken : withRule(broken, 'invalid_trans_id');
}

export function checkItems(value: unknown, broken: Broken): Broken {
  return Array.isArray(value) && value.length > 0 ? broken : withRule(broken, 'no_items');
}

/** An entry of `items`, of a transaction or a count. */
export function checkItem(item: unknown): Broken {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return ['invalid_item'];
  const broken = checkInteger((item as JsonObject)['item_id'], undefined, 'invalid_item_id');
  return checkInteger((item as JsonObject)['quantity'], broken, 'invalid_quantity');
}

/** Fields that transactions and counts share: group 2. */
export function checkStoreAndTime(document: JsonObject, dateTime: number, broken: Broken): Broken {
  const withStore = checkInteger(document['store_id'], broken, 'invalid_store_id');
  return Number.isNaN(dateTime) ? withRule(withStore, 'invalid_date_time') : withStore;
}

export function checkChangeType(document: JsonObject, broken: Broken): Broken {
  return checkInteger(document['change_type_id'], broken, 'invalid_change_type_id', isInt16);
}

/** Group 3: a sound record that cannot be judged, or not yet. */
export function checkAgainstWorld(
  record: { readonly storeId: number; readonly dateTime: number; readonly timestamp: number },
  reference: Reference,
): Broken {
  let broken: Broken;
  if (record.dateTime > record.timestamp + MAX_AHEAD_MS) broken = withRule(broken, 'future_date_time');
  if (!reference.storeNames.has(record.storeId)) broken = withRule(broken, 'unknown_store');
  return broken;
}

export function readDateTime(document: JsonObject): number {
  const value = document['date_time'];
  return typeof value === 'string' ? parseDateTime(value) : Number.NaN;
}

function byteLengthAtMost(text: string, limit: number): boolean {
  return text.length * 3 <= limit || Buffer.byteLength(text) <= limit;
}
