import { CONSERVATION_DIFFERENCES } from './conservation.sql.ts';
import { allFacts, CHANGE_RECORD, PAIR, SNAPSHOT_RECORD } from './facts.sql.ts';
import type { AuditedExpectation } from './line.sql.ts';
import { CHANGE, SNAPSHOT } from './reader.sql.ts';
import { REFERENCE_RULES, WAITS } from './record.sql.ts';

export type AuditOptions = { readonly expectations?: readonly AuditedExpectation[] };

/**
 * Bounds of one audit: two threads, and what is grouped goes to disk before memory gets tight.
 * ClickHouse's short circuit is off because it computes what two branches share in each of them.
 */
const SETTINGS = `SETTINGS max_threads = 2, max_bytes_before_external_group_by = 1000000000,
  short_circuit_function_evaluation = 'enable', precise_float_parsing = 1`;

/** Each thing once, with all that is said about it. */
const things = (expectations: readonly AuditedExpectation[]): string => `SELECT thing, a, b,
      countIf(role = 'count') AS counts,
      maxIf((date_time, place, quantity), role = 'count') AS latest,
      groupArrayIf(date_time, role = 'line') AS line_moments,
      groupArrayIf(quantity, role = 'line') AS line_quantities,
      countIf(role = 'gold') AS gold_rows,
      sumIf(quantity, role = 'gold') AS gold_snapshot,
      sumIf(change_quantity, role = 'gold') AS gold_change,
      sumIf(current_inventory, role = 'gold') AS gold_current,
      maxIf(date_time, role = 'gold') AS gold_moment,
      countIf(role = 'verdict') AS verdicts,
      arraySort(arrayDistinct(groupArrayArrayIf(rules, role = 'verdict'))) AS due_rules,
      arraySort(arrayDistinct(groupArrayArrayIf(entries, role = 'verdict'))) AS due_lines,
      countIf(role = 'held') AS held_rows,
      arraySort(groupArrayArrayIf(rules, role = 'held')) AS all_held_rules,
      arraySort(groupArrayArrayIf(entries, role = 'held')) AS held_lines
    FROM (
    ${allFacts(expectations)})
    GROUP BY thing, a, b`;

/** Section 5 of the contracts, and what the quarantine should say. */
const formulas = (expectations: readonly AuditedExpectation[]): string => `SELECT *,
      latest.3 AS due_snapshot,
      arrayMap(moment -> moment >= latest.1, line_moments) AS is_since,
      arraySum(arrayMap((quantity, since) -> if(since, quantity, 0), line_quantities, is_since)) AS due_change,
      arrayMax(arrayPushBack(arrayFilter((moment, since) -> since, line_moments, is_since), latest.1)) AS due_moment,
      if(has(due_rules, '${WAITS}'),
        arraySort(arrayDistinct(arrayMap(rule -> if(has(${REFERENCE_RULES}, rule), '${WAITS}', rule), all_held_rules))),
        all_held_rules) AS held_rules
    FROM (
    ${things(expectations)})`;

const goldText = (rows: string, values: readonly [snapshot: string, change: string, current: string, moment: string]): string =>
  `if(${rows} = 0, 'no row', format('{} rows: snapshot_quantity {}, change_quantity {}, current_inventory {}, date_time {}',
        toString(${rows}), ${values.map((value) => `toString(${value})`).join(', ')}))`;

const quarantineText = (rows: string, rules: string, lines: string): string =>
  `if(${rows} = 0, 'no row', format('{} rows: rules {}, lines {}', toString(${rows}), toString(${rules}), toString(${lines})))`;

/** Gold rows and quarantine rows that are missing, unexpected, or say something else. */
const rowDifferences = (expectations: readonly AuditedExpectation[]): string => `SELECT
      if(thing = ${PAIR}, 'gold', 'quarantine') AS what,
      multiIf(thing = ${PAIR}, format('store {} item {}', toString(a), toString(b)),
        format('{} partition {} offset {}',
          transform(thing, [${CHANGE_RECORD}, ${SNAPSHOT_RECORD}], ['${CHANGE.table}', '${SNAPSHOT.table}'], 'no known topic'),
          toString(a), toString(b))) AS subject,
      if(thing = ${PAIR}, ${goldText('toUInt64(counts > 0)', ['due_snapshot', 'due_change', 'due_snapshot + due_change', 'due_moment'])},
        ${quarantineText('toUInt64(verdicts > 0)', 'due_rules', 'due_lines')}) AS expected,
      if(thing = ${PAIR}, ${goldText('gold_rows', ['gold_snapshot', 'gold_change', 'gold_current', 'gold_moment'])},
        ${quarantineText('held_rows', 'held_rules', 'held_lines')}) AS actual
    FROM (
    ${formulas(expectations)})
    WHERE gold_rows != (counts > 0)
      OR (gold_rows > 0 AND (gold_snapshot, gold_change, gold_current, gold_moment)
        != (due_snapshot, due_change, due_snapshot + due_change, due_moment))
      OR held_rows != (verdicts > 0)
      OR (held_rows > 0 AND (held_rules, held_lines) != (due_rules, due_lines))`;

const differences = (expectations: readonly AuditedExpectation[]): string =>
  [rowDifferences(expectations), ...CONSERVATION_DIFFERENCES].map((select) => `(${select})`).join('\n  UNION ALL\n  ');

/** One row: `rows` of gold, and `differences` between what is and what bronze says should be. */
export function auditSql({ expectations = [] }: AuditOptions = {}): string {
  return `SELECT (SELECT count() FROM pos.inventory_current) AS rows, count() AS differences
  FROM (
  ${differences(expectations)})
  ${SETTINGS}`;
}

/** The first differences for people: what, subject, expected, actual. Parameter: limit. */
export function explainSql({ expectations = [] }: AuditOptions = {}): string {
  return `SELECT what, subject, expected, actual
  FROM (
  ${differences(expectations)})
  ORDER BY what, subject
  LIMIT {limit:UInt32}
  ${SETTINGS}`;
}

/** The gold that bronze says should be: store_id, item_id, snapshot_quantity, change_quantity, current_inventory, date_time. */
export function expectedGoldSql({ expectations = [] }: AuditOptions = {}): string {
  return `SELECT a AS store_id, b AS item_id, due_snapshot AS snapshot_quantity, due_change AS change_quantity,
    due_snapshot + due_change AS current_inventory, due_moment AS date_time
  FROM (
  ${formulas(expectations)})
  WHERE thing = ${PAIR} AND counts > 0
  ${SETTINGS}`;
}

/** The records that bronze says should be in the quarantine: source_table, source_partition, source_offset, rules, lines. */
export function expectedQuarantineSql({ expectations = [] }: AuditOptions = {}): string {
  return `SELECT transform(thing, [${CHANGE_RECORD}, ${SNAPSHOT_RECORD}], ['${CHANGE.table}', '${SNAPSHOT.table}'], '') AS source_table,
    toUInt16(a) AS source_partition, toUInt64(b) AS source_offset, due_rules AS rules, due_lines AS lines
  FROM (
  ${things(expectations)})
  WHERE verdicts > 0
  ${SETTINGS}`;
}
