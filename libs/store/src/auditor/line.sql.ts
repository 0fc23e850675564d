import { literal } from './literal.sql.ts';
import type { RecordKind } from './reader.sql.ts';
import { broken, isInteger, judgedRecords, within } from './record.sql.ts';

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

const isSound = `${within('entry.item', 32)} AND ${within('entry.quantity', 32)}`;
const isBeyond = (value: string): string => `(${isInteger(value)} AND NOT ${within(value, 32)})`;

/** The entries of records that are sound as a whole. An entry that is no object has no integers either. */
const readEntries = (kind: RecordKind, only?: string): string => `SELECT *,
    CAST(if(empty(record_rules), arrayMap((number, is_object, item, quantity) -> (number - 1, is_object, item, quantity),
        arrayEnumerate(item_ids), are_objects, item_ids, quantities), []),
      'Array(Tuple(number UInt32, is_object Bool, item Int64, quantity Int64))') AS numbered,
    arrayFilter(entry -> ${isSound}, numbered) AS sound,
    arrayFilter(entry -> NOT (${isSound}), numbered) AS unsound
  FROM (${judgedRecords(kind, only)})`;

/** Lines of a transaction: entries added up by item. The dear way is for records that name an item twice. */
const FOLDED = `length(arrayDistinct(sound.item)) < length(sound) AS repeats,
    arrayReduce('groupArrayMap', arrayMap(entry -> map(entry.item, (entry.number, entry.quantity)), if(repeats, sound, []))) AS by_item,
    if(repeats,
      arrayMap((item, parts) -> (item, arraySum(parts.2), parts.1), mapKeys(by_item), mapValues(by_item)),
      arrayMap(entry -> (entry.item, entry.quantity, [entry.number]), sound)) AS folded`;

const UNFOLDED = 'arrayMap(entry -> (entry.item, entry.quantity, [entry.number]), sound) AS folded';

const foldEntries = (kind: RecordKind, only?: string): string => `SELECT *,
    ${kind.dataset === 'inventory_change' ? FOLDED : UNFOLDED},
    arrayFilter(line -> ${within('line.2', 32)}, folded) AS lines,
    arrayFilter(line -> NOT ${within('line.2', 32)}, folded) AS beyond,
    arrayConcat(record_rules, ${broken({
      invalid_item: 'arrayExists(entry -> NOT entry.is_object, unsound)',
      invalid_item_id: `arrayExists(entry -> entry.is_object AND NOT ${isInteger('entry.item')}, unsound)`,
      invalid_quantity: `arrayExists(entry -> entry.is_object AND NOT ${isInteger('entry.quantity')}, unsound)`,
      number_out_of_range: `notEmpty(beyond)
        OR arrayExists(entry -> ${isBeyond('entry.item')} OR ${isBeyond('entry.quantity')}, unsound)`,
    })}) AS broken_rules,
    arrayConcat(unsound.number, arrayFlatten(beyond.3)) AS broken_entries
  FROM (${readEntries(kind, only)})`;

/**
 * A record's rows: its valid lines, and, when it broke a rule, its verdict. A row is a verdict when it names rules. The columns
 * have the names of the dataset, so that an expectation finds them.
 */
const unfold = (kind: RecordKind, only?: string): string => `SELECT topic, partition AS source_partition, offset AS source_offset,
    toInt32(store_id) AS store_id, toInt32(row.1) AS item_id, date_time, toInt32(row.2) AS quantity,
    ${
      kind.dataset === 'inventory_change'
        ? 'trans_id, toInt16(change_type_id) AS change_type_id'
        : "if(has_employee_id, toInt32(employee_id), NULL) AS employee_id"
    },
    row.3 AS entries, row.4 AS rules
  FROM (${foldEntries(kind, only)})
  ARRAY JOIN arrayConcat(
    arrayMap(line -> (line.1, line.2, line.3, emptyArrayString()), lines),
    if(empty(broken_rules), [], [(toInt64(0), toInt64(0), broken_entries, broken_rules)])) AS row`;

/** Lines and verdicts of the records, after the expectations: a line that fails one is left out, or becomes a verdict. */
export function recordRows(kind: RecordKind, expectations: readonly AuditedExpectation[], only?: string): string {
  const binding = expectations.filter(({ dataset, action }) => dataset === kind.dataset && action !== 'warn');
  if (binding.length === 0) return unfold(kind, only);
  const fails = ({ sql }: AuditedExpectation): string => `NOT ifNull((${sql}), 0)`;
  const quarantined = binding.filter(({ action }) => action === 'quarantine');
  const names = quarantined.map((expectation) => `if(${fails(expectation)}, ${literal(expectation.name)}, '')`);
  return `SELECT * REPLACE (if(empty(rules), failed_rules, rules) AS rules)
  FROM (
    SELECT *, ${binding.map(fails).join(' OR ')} AS left_out,
      arrayFilter(rule -> rule != '', CAST([${names.join(', ')}], 'Array(String)')) AS failed_rules
    FROM (${unfold(kind, only)}))
  WHERE notEmpty(rules) OR notEmpty(failed_rules) OR NOT left_out`;
}
