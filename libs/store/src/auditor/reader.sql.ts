import { hasLargeNumber, isGrammatical, isReadable, MAX_BYTES, nestedTooDeep, withoutNumbers } from './json.sql.ts';
import { literal } from './literal.sql.ts';

/** The two kinds of records and where they lie. */
export type RecordKind = { readonly dataset: 'inventory_change' | 'inventory_snapshot'; readonly table: string };

export const CHANGE: RecordKind = { dataset: 'inventory_change', table: 'pos.raw_inventory_change' };
export const SNAPSHOT: RecordKind = { dataset: 'inventory_snapshot', table: 'pos.raw_inventory_snapshot' };

/** Stands for "no integer": below every number that the contract lets through. */
export const NO_INTEGER = 'toInt64(-9223372036854775808)';

const INTEGER = '-?(?:0|[1-9][0-9]{0,14})';
const TEXT = String.raw`"[ !#-\[\]-~]*"`;
const fields = (pairs: readonly (readonly [name: string, value: string])[]): string =>
  pairs.map(([name, value]) => `"${name}": ?${value}`).join(', ?');
const ITEM = String.raw`\{${fields([['item_id', INTEGER], ['quantity', INTEGER]])}\}`;
const ITEMS = String.raw`\[${ITEM}(?:, ?${ITEM})*\]`;

/**
 * The message as the contract prints it: its fields once and in that order, plain ASCII, small integers. No rule of group 1 can
 * be broken by it, and simdjson's typed reading of it is exact. Nearly every message is such; only the others are read slowly.
 */
const PLAIN: Record<RecordKind['dataset'], string> = {
  inventory_change: String.raw`^\{${fields([
    ['trans_id', TEXT],
    ['store_id', INTEGER],
    ['date_time', TEXT],
    ['change_type_id', INTEGER],
    ['items', ITEMS],
  ])}\}$`,
  inventory_snapshot: String.raw`^\{${fields([
    ['store_id', INTEGER],
    ['date_time', TEXT],
    ['employee_id', INTEGER],
    ['items', ITEMS],
  ])}(?:, ?"source": ?\{${fields([
    ['path', TEXT],
    ['etag', TEXT],
    ['row', INTEGER],
  ])}\})?\}$`,
};

const isPlain = ({ dataset }: RecordKind): string =>
  `(length(value) <= ${MAX_BYTES} AND match(value, ${literal(PLAIN[dataset])}))`;

const POSITION = 'topic, partition, offset, timestamp';

const readPlain = (kind: RecordKind, only: string): string => `SELECT ${POSITION}, '' AS unreadable,
    JSONExtract(value, 'Tuple(trans_id String, store_id Int64, change_type_id Int64, employee_id Int64, date_time String,
      items Array(Tuple(item_id Int64, quantity Int64)))') AS message,
    message.trans_id AS trans_id, message.store_id AS store_id, message.change_type_id AS change_type_id,
    ${kind.dataset === 'inventory_snapshot'} AS has_employee_id, message.employee_id AS employee_id,
    message.date_time AS date_text, message.items.item_id AS item_ids, message.items.quantity AS quantities,
    arrayMap(item -> true, item_ids) AS are_objects
  FROM ${kind.table}
  WHERE ${only} AND ${isPlain(kind)}`;

/** Group 1 as far as it concerns the bytes; `text` is JSON that simdjson reads, or empty. */
const readText = (kind: RecordKind, only: string): string => `SELECT ${POSITION}, value,
      if(length(value) <= ${MAX_BYTES}, value, '') AS bounded,
      ${isReadable('bounded')} AS is_readable,
      if(is_readable, '', bounded) AS refused,
      multiIf(
        empty(value), 'empty_message',
        empty(bounded), 'message_too_large',
        NOT isValidUTF8(bounded), 'invalid_utf8',
        ${nestedTooDeep('bounded')}, 'nested_too_deep',
        NOT (is_readable OR ${isGrammatical('refused')}), 'invalid_json',
        NOT match(bounded, ${literal(String.raw`^[ \t\r\n]*\{`)}), 'not_an_object',
        '') AS text_rule,
      multiIf(text_rule != '', '', is_readable, value, ${withoutNumbers('refused')}) AS text
    FROM ${kind.table}
    WHERE ${only} AND NOT ${isPlain(kind)}`;

/** Raw JSON of the last of the fields of that name; empty when there is none. */
const last = (name: string, of: string): string => `arrayLast(field -> field.1 = ${literal(name)}, ${of}).2`;

/** simdjson prints an integral double without point and exponent: what is no plain integer in print is none at all. */
const integer = (raw: string): string => `toInt64OrDefault(${raw}, ${NO_INTEGER})`;

const readOdd = (kind: RecordKind, only: string): string => `SELECT topic, partition, offset, timestamp,
    multiIf(text_rule != '', text_rule,
      has(fields.1, '__proto__') OR arrayExists(entry -> has(entry.1, '__proto__'), entries), 'forbidden_field',
      NOT is_readable OR ${hasLargeNumber('text')}, 'number_out_of_range',
      '') AS unreadable,
    if(startsWith(${last('trans_id', 'fields')} AS raw_trans_id, '"'), JSONExtractString(raw_trans_id), '') AS trans_id,
    ${integer(last('store_id', 'fields'))} AS store_id,
    ${integer(last('change_type_id', 'fields'))} AS change_type_id,
    ${last('employee_id', 'fields')} AS raw_employee_id,
    raw_employee_id NOT IN ('', 'null') AS has_employee_id,
    ${integer('raw_employee_id')} AS employee_id,
    if(startsWith(${last('date_time', 'fields')} AS raw_date_time, '"'), substring(raw_date_time, 2, length(raw_date_time) - 2), '') AS date_text,
    arrayMap(entry -> ${integer(last('item_id', 'entry'))}, entries) AS item_ids,
    arrayMap(entry -> ${integer(last('quantity', 'entry'))}, entries) AS quantities,
    arrayMap(raw -> startsWith(raw, '{'), raw_entries) AS are_objects
  FROM (
    SELECT *,
      JSONExtractKeysAndValuesRaw(text) AS fields,
      ${last('items', 'fields')} AS raw_items,
      if(startsWith(raw_items, '['), JSONExtractArrayRaw(raw_items), []) AS raw_entries,
      arrayMap(raw -> JSONExtractKeysAndValuesRaw(raw), raw_entries) AS entries
    FROM (
    ${readText(kind, only)}))`;

const VALUES = `topic, partition, offset, timestamp, unreadable, trans_id, store_id, change_type_id,
    has_employee_id, employee_id, date_text, item_ids, quantities, are_objects`;

/**
 * One row per record: the rule of group 1 that it breaks or none, and the values of its fields. A field without a value of its
 * type is empty or no integer. The entries of items are three arrays of one length.
 */
export function readRecords(kind: RecordKind, only = 'true'): string {
  return `SELECT ${VALUES} FROM (${readPlain(kind, only)})
  UNION ALL
  SELECT ${VALUES} FROM (${readOdd(kind, only)})`;
}

/**
 * Hashes of the trans_ids that occur in more than one record, and some more. A valid record with the name trans_id in it once
 * and without any escape has its trans_id where simdjson finds it; the others are read in full.
 */
const HAS_EVIDENT_ID = "(countSubstrings(value, 'trans_id') = 1 AND position(value, '\\\\') = 0)";
const EVIDENT_ID = "cityHash64(JSONExtractString(value, 'trans_id'))";
const REPEATED_IDS = `SELECT hash
    FROM (
      SELECT ${EVIDENT_ID} AS hash FROM ${CHANGE.table} WHERE ${HAS_EVIDENT_ID}
      UNION ALL
      SELECT cityHash64(trans_id) FROM (${readRecords(CHANGE, `NOT ${HAS_EVIDENT_ID}`)}))
    GROUP BY hash
    HAVING count() > 1`;

/** Whether there may be another record of the transaction `trans_id`: yes, if there is one. */
export const MAY_BE_REPEATED = `cityHash64(trans_id) IN (${REPEATED_IDS})`;
/** The same of a record's bytes, before it is read. */
export const RAW_MAY_BE_REPEATED = `(NOT ${HAS_EVIDENT_ID} OR ${EVIDENT_ID} IN (${REPEATED_IDS}))`;
