import { NO_INTEGER, type RecordKind } from './reader.sql.ts';
import { derive, literal, namesWhere, select, type Step } from './sql.ts';

/**
 * What a verdict says instead of `unknown_store` and `unknown_change_type` when the record was set aside for them: which of
 * the two it was depends on when the reference data was loaded, and that is over.
 */
export const WAITS = 'waits_for_reference_data';
/** What a verdict says when such a record should have been sent again by now. No quarantine row says so: a difference. */
const REPLAY_DUE = 'replay_is_due';
export const REFERENCE_RULES = "['unknown_store', 'unknown_change_type']";

const DAY_MS = 86_400_000;
const MAX_TRANS_ID_BYTES = 4096;

const DATE = '(?:19[7-9][0-9]|2[0-2][0-9]{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const TIME = String.raw`(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?`;
const DATE_TIME = `^${DATE}[T ]${TIME}Z?$`;

export const isInteger = (value: string): string => `(${value} != ${NO_INTEGER})`;

export const within = (value: string, bits: 16 | 32): string =>
  `(${value} BETWEEN ${-(2 ** (bits - 1))} AND ${2 ** (bits - 1) - 1})`;

const isBeyond = (value: string, bits: 16 | 32): string => `(${isInteger(value)} AND NOT ${within(value, bits)})`;

/** Group 2, in terms of the values. */
const FIELD_RULES: Record<RecordKind['dataset'], Step> = {
  inventory_change: {
    invalid_trans_id: `empty(trans_id) OR length(trans_id) > ${MAX_TRANS_ID_BYTES}`,
    invalid_store_id: `NOT ${isInteger('store_id')}`,
    invalid_date_time: 'NOT has_date_time',
    invalid_change_type_id: `NOT ${isInteger('change_type_id')}`,
    no_items: 'empty(item_ids)',
    number_out_of_range: `${isBeyond('store_id', 32)} OR ${isBeyond('change_type_id', 16)}`,
  },
  inventory_snapshot: {
    invalid_store_id: `NOT ${isInteger('store_id')}`,
    invalid_date_time: 'NOT has_date_time',
    invalid_employee_id: `has_employee_id AND NOT ${within('employee_id', 32)}`,
    no_items: 'empty(item_ids)',
    number_out_of_range: isBeyond('store_id', 32),
  },
};

/** Group 3. */
const MEANING_RULES: Step = {
  future_date_time: 'is_future',
  unknown_store: 'NOT waited AND NOT store_known',
  unknown_change_type: 'NOT waited AND NOT change_type_known',
  [WAITS]: 'waited AND NOT replay_due',
  [REPLAY_DUE]: 'replay_due',
};

/** The record is in the quarantine for reference data, and `condition` holds there. */
const waits = (condition: string): string => `((topic, partition, offset) IN (
    SELECT source_topic, source_partition, source_offset FROM pos.quarantine
    WHERE source_path = '' AND hasAny(rules, ${REFERENCE_RULES}) AND ${condition}))`;

const isKnown = (id: string, table: string): string => `(${id} IN (SELECT toInt64(${id}) FROM pos.${table}))`;

/**
 * One row per record of `records`: its values, its entries, and `record_rules`, the rules that it broke as a whole. A record that was set
 * aside for reference data stays out at its own position for ever, even when the reference data knows it by now.
 */
export function judgedRecords(kind: RecordKind, records: string): string {
  const isChange = kind.dataset === 'inventory_change';
  const judged = derive(
    records,
    {
      plain_date_text: `rightPad(concat(substring(date_text, 1, 10), ' ', substring(date_text, 12, 8), '.',
        trimRight(substring(date_text, 21), 'Z')), 23, '0')`,
      store_known: isKnown('store_id', 'store'),
      change_type_known: isChange ? isKnown('change_type_id', 'inventory_change_type') : 'true',
      waited: waits('true'),
    },
    { date_time: "toDateTime64OrZero(plain_date_text, 3, 'UTC')" },
    {
      // A day that the calendar lacks is read as another day, and so comes back as another text.
      has_date_time: `match(date_text, ${literal(DATE_TIME)}) AND toString(date_time) = plain_date_text`,
      is_future: `date_time > timestamp + toIntervalMillisecond(${DAY_MS})`,
    },
    {
      replay_due: `waited AND NOT is_future AND store_known AND change_type_known AND ${waits('replayed_at IS NULL')}`,
    },
    { field_rules: namesWhere(FIELD_RULES[kind.dataset]), meaning_rules: namesWhere(MEANING_RULES) },
    {
      record_rules: `multiIf(unreadable != '', [unreadable], notEmpty(field_rules), field_rules, meaning_rules)`,
    },
  );
  return select(
    Object.fromEntries(
      `partition offset trans_id store_id change_type_id has_employee_id employee_id date_time item_ids quantities are_objects record_rules`
        .split(' ')
        .map((name) => [name, name]),
    ),
    judged,
  );
}
