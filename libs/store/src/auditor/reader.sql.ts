import { hasLargeNumber, isGrammatical, isReadable, MAX_BYTES, nestedTooDeep, withoutNumbers } from './json.sql.ts';
import { derive, literal, select, unionAll } from './sql.ts';

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
const ITEM = String.raw`\{${fields([
  ['item_id', INTEGER],
  ['quantity', INTEGER],
])}\}`;
const ITEMS = String.raw`\[${ITEM}(?:, ?${ITEM})*\]`;
const SOURCE = String.raw`\{${fields([
  ['path', TEXT],
  ['etag', TEXT],
  ['row', INTEGER],
])}\}`;

/**
 * The message as the contract prints it: its fields once and in that order, plain ASCII, small integers. It breaks no rule of
 * group 1, and simdjson's typed reading of it is exact. Nearly every message is such; only the others are read the long way.
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
  ])}(?:, ?"source": ?${SOURCE})?\}$`,
};

const isPlain = ({ dataset }: RecordKind): string =>
  `(length(value) <= ${MAX_BYTES} AND match(value, ${literal(PLAIN[dataset])}))`;

const POSITION = { topic: 'topic', partition: 'partition', offset: 'offset', timestamp: 'timestamp' };

function readPlain(kind: RecordKind): string {
  const message = `JSONExtract(value, 'Tuple(trans_id String, store_id Int64, change_type_id Int64, employee_id Int64,
    date_time String, items Array(Tuple(item_id Int64, quantity Int64)))')`;
  return select(
    {
      ...POSITION,
      unreadable: "''",
      trans_id: 'message.trans_id',
      store_id: 'message.store_id',
      change_type_id: 'message.change_type_id',
      has_employee_id: 'true',
      employee_id: 'message.employee_id',
      date_text: 'message.date_time',
      are_objects: 'arrayMap(item -> true, message.items.item_id)',
      item_ids: 'message.items.item_id',
      quantities: 'message.items.quantity',
    },
    select({ ...POSITION, message }, kind.table, `WHERE ${isPlain(kind)}`),
  );
}

/** Raw JSON of the last of the fields of that name; empty when there is none. */
const last = (name: string, of: string): string => `arrayLast(field -> field.1 = ${literal(name)}, ${of}).2`;

/** simdjson prints an integral double without point and exponent: what is no plain integer in print is none at all. */
const integer = (raw: string): string => `toInt64OrDefault(${raw}, ${NO_INTEGER})`;

/**
 * One row per record on which `only` holds: the rule of group 1 that it breaks or none, and the values of its fields. A field
 * without a value of its type is empty or no integer. The entries of items are three arrays of one length.
 */
export function readAny(kind: RecordKind, only: string): string {
  const read = derive(
    select(
      { ...POSITION, value: 'value', bounded: `if(length(value) <= ${MAX_BYTES}, value, '')` },
      kind.table,
      `WHERE ${only}`,
    ),
    { is_readable: isReadable('bounded') },
    { refused: "if(is_readable, '', bounded)" },
    {
      text_rule: `multiIf(
        empty(value), 'empty_message',
        empty(bounded), 'message_too_large',
        NOT isValidUTF8(bounded), 'invalid_utf8',
        ${nestedTooDeep('bounded')}, 'nested_too_deep',
        NOT (is_readable OR ${isGrammatical('refused')}), 'invalid_json',
        NOT match(bounded, ${literal(String.raw`^[ \t\r\n]*\{`)}), 'not_an_object',
        '')`,
    },
    { text: `multiIf(text_rule != '', '', is_readable, bounded, ${withoutNumbers('refused')})` },
    { fields: 'JSONExtractKeysAndValuesRaw(text)' },
    {
      raw_trans_id: last('trans_id', 'fields'),
      raw_employee_id: last('employee_id', 'fields'),
      raw_date_time: last('date_time', 'fields'),
      raw_items: last('items', 'fields'),
    },
    { raw_entries: "if(startsWith(raw_items, '['), JSONExtractArrayRaw(raw_items), [])" },
    { entries: 'arrayMap(raw -> JSONExtractKeysAndValuesRaw(raw), raw_entries)' },
  );
  return select(
    {
      ...POSITION,
      unreadable: `multiIf(text_rule != '', text_rule,
        has(fields.1, '__proto__') OR arrayExists(entry -> has(entry.1, '__proto__'), entries), 'forbidden_field',
        NOT is_readable OR ${hasLargeNumber('text')}, 'number_out_of_range',
        '')`,
      trans_id: `if(startsWith(raw_trans_id, '"'), JSONExtractString(raw_trans_id), '')`,
      store_id: integer(last('store_id', 'fields')),
      change_type_id: integer(last('change_type_id', 'fields')),
      has_employee_id: "raw_employee_id NOT IN ('', 'null')",
      employee_id: integer('raw_employee_id'),
      date_text: `if(startsWith(raw_date_time, '"'), substring(raw_date_time, 2, length(raw_date_time) - 2), '')`,
      are_objects: "arrayMap(raw -> startsWith(raw, '{'), raw_entries)",
      item_ids: `arrayMap(entry -> ${integer(last('item_id', 'entry'))}, entries)`,
      quantities: `arrayMap(entry -> ${integer(last('quantity', 'entry'))}, entries)`,
    },
    read,
  );
}

/** The same of all records, fast. */
export function readRecords(kind: RecordKind): string {
  return unionAll([readPlain(kind), readAny(kind, `NOT ${isPlain(kind)}`)]);
}
