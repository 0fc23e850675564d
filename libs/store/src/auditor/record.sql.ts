import { literal } from './literal.sql.ts';
import { NO_INTEGER, readRecords, type RecordKind } from './reader.sql.ts';

/**
 * What a verdict says instead of `unknown_store` and `unknown_change_type` when the record was set aside for them: which of
 * the two it was depends on when the reference data was loaded, and that is over.
 */
export const WAITS = 'waits_for_reference_data';
/** What a verdict says when such a record should have been sent again by now. No quarantine row says so: a difference. */
export const REPLAY_DUE = 'replay_is_due';
export const REFERENCE_RULES = "['unknown_store', 'unknown_change_type']";

const DAY_MS = 86_400_000;
const MAX_TRANS_ID_BYTES = 4096;

const DATE = '(?:19[7-9][0-9]|2[0-2][0-9]{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const TIME = String.raw`(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?`;
const DATE_TIME = `^${DATE}[T ]${TIME}Z?$`;

export const isInteger = (value: string): string => `(${value} != ${NO_INTEGER})`;

export const within = (value: string, bits: 16 | 32): string =>
  `(${value} BETWEEN ${-(2 ** (bits - 1))} AND ${2 ** (bits - 1) - 1})`;

/** Array of the names whose condition holds. */
export const broken = (conditions: Readonly<Record<string, string>>): string => {
  const names = Object.entries(conditions).map(([name, condition]) => `if(${condition}, ${literal(name)}, '')`);
  return `arrayFilter(rule -> rule != '', [${names.join(', ')}])`;
};

/** Positions in the quarantine of records that were set aside for reference data, on which `condition` holds. */
const waiting = (condition: string): string =>
  `(SELECT toString(source_topic), source_partition, source_offset FROM pos.quarantine
      WHERE source_path = '' AND hasAny(rules, ${REFERENCE_RULES}) AND ${condition})`;

const groupTwo = ({ dataset }: RecordKind): Record<string, string> =>
  dataset === 'inventory_change'
    ? {
        invalid_trans_id: `empty(trans_id) OR length(trans_id) > ${MAX_TRANS_ID_BYTES}`,
        invalid_store_id: `NOT ${isInteger('store_id')}`,
        invalid_date_time: 'NOT has_date_time',
        invalid_change_type_id: `NOT ${isInteger('change_type_id')}`,
        no_items: 'empty(item_ids)',
        number_out_of_range: `(${isInteger('store_id')} AND NOT ${within('store_id', 32)})
          OR (${isInteger('change_type_id')} AND NOT ${within('change_type_id', 16)})`,
      }
    : {
        invalid_store_id: `NOT ${isInteger('store_id')}`,
        invalid_date_time: 'NOT has_date_time',
        invalid_employee_id: `has_employee_id AND NOT ${within('employee_id', 32)}`,
        no_items: 'empty(item_ids)',
        number_out_of_range: `${isInteger('store_id')} AND NOT ${within('store_id', 32)}`,
      };

const groupThree = ({ dataset }: RecordKind): Record<string, string> => {
  const conditions: Record<string, string> = {
    future_date_time: 'is_future',
    unknown_store: 'NOT waited AND NOT store_known',
    [WAITS]: 'waited AND NOT replay_due',
    [REPLAY_DUE]: 'replay_due',
  };
  if (dataset === 'inventory_change') conditions['unknown_change_type'] = 'NOT waited AND NOT change_type_known';
  return conditions;
};

/**
 * One row per record: its values, its entries, and `record_rules`, the rules that it broke as a whole. A record that was set
 * aside for reference data stays out at its own position for ever, even when the reference data knows it by now.
 */
export function judgedRecords(kind: RecordKind, only?: string): string {
  const isChange = kind.dataset === 'inventory_change';
  return `SELECT topic, partition, offset, trans_id, store_id, change_type_id, has_employee_id, employee_id,
    item_ids, quantities, are_objects,
    rightPad(concat(substring(date_text, 1, 10), ' ', substring(date_text, 12, 8), '.', trimRight(substring(date_text, 21), 'Z')),
      23, '0') AS plain_date_text,
    toDateTime64OrZero(plain_date_text, 3, 'UTC') AS date_time,
    -- A day that the calendar lacks is read as another day, and so comes back as another text.
    match(date_text, ${literal(DATE_TIME)}) AND toString(date_time) = plain_date_text AS has_date_time,
    date_time > timestamp + toIntervalMillisecond(${DAY_MS}) AS is_future,
    store_id IN (SELECT toInt64(store_id) FROM pos.store) AS store_known,
    ${isChange ? 'change_type_id IN (SELECT toInt64(change_type_id) FROM pos.inventory_change_type)' : 'true'} AS change_type_known,
    (topic, partition, offset) IN ${waiting('true')} AS waited,
    waited AND NOT is_future AND store_known AND change_type_known
      AND (topic, partition, offset) IN ${waiting('replayed_at IS NULL')} AS replay_due,
    ${broken(groupTwo(kind))} AS field_rules,
    ${broken(groupThree(kind))} AS meaning_rules,
    multiIf(unreadable != '', [unreadable], notEmpty(field_rules), field_rules, meaning_rules) AS record_rules
  FROM (${readRecords(kind, only)})`;
}
