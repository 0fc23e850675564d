import { readRecords, type RecordKind } from './reader.sql.ts';
import { isInteger, judgedRecords, within } from './record.sql.ts';
import { derive, namesWhere, select, type Step } from './sql.ts';

/**
 * A named rule on the rows of a dataset, as the pipeline declares it. `sql` is an expression over the columns that a row has
 * from its message: for transactions store_id, item_id, trans_id, date_time, quantity, change_type_id, for counts store_id,
 * item_id, date_time, employee_id, quantity, and source_partition and source_offset for both.
 */
export type AuditedExpectation = {
  readonly name: string;
  readonly dataset: RecordKind['dataset'];
  readonly action: 'warn' | 'drop' | 'quarantine' | 'fail';
  readonly sql: string;
};

const isBeyond = (value: string): string => `(${isInteger(value)} AND NOT ${within(value, 32)})`;
const IS_SOUND = `(${within('entry.item', 32)} AND ${within('entry.quantity', 32)})`;

/** Sound entries as lines (item, quantity, numbers of the entries). The long way is for records that name an item twice. */
const FOLDED: readonly Step[] = [
  { repeats: 'length(arrayDistinct(sound.item)) < length(sound)' },
  {
    by_item: `arrayReduce('groupArrayMap', arrayMap(entry -> map(entry.item, (entry.number, entry.quantity)), if(repeats, sound, [])))`,
  },
  {
    folded: `if(repeats,
      arrayMap((item, parts) -> (item, arraySum(parts.2), parts.1), mapKeys(by_item), mapValues(by_item)),
      arrayMap(entry -> (entry.item, entry.quantity, [entry.number]), sound))`,
  },
];
const UNFOLDED: readonly Step[] = [
  { folded: 'arrayMap(entry -> (entry.item, entry.quantity, [entry.number]), sound)' },
];

/** Records with their valid lines, the rules that they broke, and the entries that broke them. */
const judgedEntries = (kind: RecordKind, records: string): string =>
  derive(
    judgedRecords(kind, records),
    {
      numbered: `CAST(if(empty(record_rules),
        arrayMap((number, is_object, item, quantity) -> (number - 1, is_object, item, quantity),
          arrayEnumerate(item_ids), are_objects, item_ids, quantities), []),
        'Array(Tuple(number UInt32, is_object Bool, item Int64, quantity Int64))')`,
    },
    {
      sound: `arrayFilter(entry -> ${IS_SOUND}, numbered)`,
      unsound: `arrayFilter(entry -> NOT ${IS_SOUND}, numbered)`,
    },
    ...(kind.dataset === 'inventory_change' ? FOLDED : UNFOLDED),
    {
      lines: `arrayFilter(line -> ${within('line.2', 32)}, folded)`,
      beyond: `arrayFilter(line -> NOT ${within('line.2', 32)}, folded)`,
    },
    {
      entry_rules: namesWhere({
        // What is no object has no integers either, and so is among the unsound.
        invalid_item: 'arrayExists(entry -> NOT entry.is_object, unsound)',
        invalid_item_id: `arrayExists(entry -> entry.is_object AND NOT ${isInteger('entry.item')}, unsound)`,
        invalid_quantity: `arrayExists(entry -> entry.is_object AND NOT ${isInteger('entry.quantity')}, unsound)`,
        number_out_of_range: `notEmpty(beyond)
          OR arrayExists(entry -> ${isBeyond('entry.item')} OR ${isBeyond('entry.quantity')}, unsound)`,
      }),
      broken_entries: 'arrayConcat(unsound.number, arrayFlatten(beyond.3))',
    },
    { broken_rules: 'arrayConcat(record_rules, entry_rules)' },
  );

/**
 * A record's rows: its valid lines, and, when it broke a rule, a verdict. A row is a verdict when it names rules. The columns
 * have the names of the dataset, so that an expectation finds them.
 */
function unfold(kind: RecordKind, records: string): string {
  const own: Step =
    kind.dataset === 'inventory_change'
      ? { trans_id: 'trans_id', change_type_id: 'toInt16(change_type_id)' }
      : { employee_id: 'if(has_employee_id, toInt32(employee_id), NULL)' };
  const rows = `arrayConcat(
    arrayMap(line -> (line.1, line.2, line.3, emptyArrayString()), lines),
    if(empty(broken_rules), [], [(toInt64(0), toInt64(0), broken_entries, broken_rules)]))`;
  return select(
    {
      source_partition: 'partition',
      source_offset: 'offset',
      store_id: 'toInt32(store_id)',
      item_id: 'toInt32(row.1)',
      date_time: 'date_time',
      quantity: 'toInt32(row.2)',
      ...own,
      entries: 'row.3',
      rules: 'row.4',
    },
    judgedEntries(kind, records),
    `ARRAY JOIN ${rows} AS row`,
  );
}

/** Lines and verdicts after the expectations: a line that fails one is left out, or becomes a verdict. */
export function recordRows(
  kind: RecordKind,
  expectations: readonly AuditedExpectation[],
  records = readRecords(kind),
): string {
  const binding = expectations.filter(({ dataset, action }) => dataset === kind.dataset && action !== 'warn');
  if (binding.length === 0) return unfold(kind, records);
  const fails = ({ sql }: AuditedExpectation): string => `NOT ifNull((${sql}), 0)`;
  const quarantined = binding.filter(({ action }) => action === 'quarantine');
  const judged = derive(unfold(kind, records), {
    is_left_out: `(${binding.map(fails).join(' OR ')})`,
    failed_rules: namesWhere(
      Object.fromEntries(quarantined.map((expectation) => [expectation.name, fails(expectation)])),
    ),
  });
  return `(SELECT * REPLACE (if(empty(rules), failed_rules, rules) AS rules)
    FROM ${judged} WHERE notEmpty(rules) OR notEmpty(failed_rules) OR NOT is_left_out)`;
}
