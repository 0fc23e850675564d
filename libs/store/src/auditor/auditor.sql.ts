import { CONSERVATION_DIFFERENCES } from './conservation.sql.ts';
import { allFacts, CHANGE_RECORD, PAIR, SNAPSHOT_RECORD, WITH_REPEATED_IDS } from './facts.sql.ts';
import type { AuditedExpectation } from './line.sql.ts';
import { CHANGE, SNAPSHOT } from './reader.sql.ts';
import { REFERENCE_RULES, WAITS } from './record.sql.ts';
import { derive, select, unionAll } from './sql.ts';

export type AuditOptions = { readonly expectations?: readonly AuditedExpectation[] };

/**
 * Bounds of one audit: two threads, and what is grouped goes to disk before memory gets tight. The other two are defaults that
 * the result depends on: expectations may guard a division by an AND, and the border of large numbers is exact.
 */
const SETTINGS = `SETTINGS max_threads = 2, max_bytes_before_external_group_by = 700000000,
  short_circuit_function_evaluation = 'enable', precise_float_parsing = 1`;

/** Each thing once, with all that is said about it. */
const things = (expectations: readonly AuditedExpectation[]): string => `SELECT thing, a, b,
      countIf(role = 'count') AS counts,
      maxIf(date_time, role = 'count') AS counted_at,
      argMaxIf(quantity, place, role = 'count') AS counted,
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
      arraySort(groupArrayArrayIf(rules, role = 'held')) AS held_rules,
      arraySort(groupArrayArrayIf(entries, role = 'held')) AS held_lines
    FROM ${allFacts(expectations)}
    GROUP BY thing, a, b`;

const EPOCH = "toDateTime64(0, 3, 'UTC')";

/** Section 5 of the contracts, and what the quarantine should say: `due` and `found`, two tuples of one shape. */
const compared = (expectations: readonly AuditedExpectation[]): string =>
  derive(`(${things(expectations)})`, {
    is_since: 'arrayMap(moment -> moment >= counted_at, line_moments)',
    change: 'arraySum(arrayMap((quantity, since) -> quantity * since, line_quantities, is_since))',
    last_moment: 'arrayMax(arrayPushBack(arrayFilter((moment, since) -> since, line_moments, is_since), counted_at))',
    // Which of the two rules for reference data it was depends on when that was loaded.
    comparable_rules: `if(has(due_rules, '${WAITS}'),
        arraySort(arrayDistinct(arrayMap(rule -> if(has(${REFERENCE_RULES}, rule), '${WAITS}', rule), held_rules))), held_rules)`,
    due: `if(thing = ${PAIR} AND counts = 0,
        (toUInt64(0), toInt64(0), toInt64(0), toInt64(0), ${EPOCH}, due_rules, due_lines),
        (toUInt64(counts + verdicts > 0), counted, change, counted + change, last_moment, due_rules, due_lines))`,
    found: `(gold_rows + held_rows, gold_snapshot, gold_change, gold_current, gold_moment, comparable_rules, held_lines)`,
  });

const inWords = (side: string): string => `multiIf(${side}.1 = 0, 'no row',
  thing = ${PAIR}, format('{} rows: snapshot_quantity {}, change_quantity {}, current_inventory {}, date_time {}',
    toString(${side}.1), toString(${side}.2), toString(${side}.3), toString(${side}.4), toString(${side}.5)),
  format('{} rows: rules {}, lines {}', toString(${side}.1), toString(${side}.6), toString(${side}.7)))`;

/** Rows of gold and of the quarantine that are missing, unexpected, or say something else. */
const rowDifferences = (expectations: readonly AuditedExpectation[]): string => {
  const position = `format('{} partition {} offset {}', transform(thing, [${CHANGE_RECORD}, ${SNAPSHOT_RECORD}],
    ['${CHANGE.table}', '${SNAPSHOT.table}'], 'no known topic'), toString(a), toString(b))`;
  return select(
    {
      what: `if(thing = ${PAIR}, 'gold', 'quarantine')`,
      subject: `if(thing = ${PAIR}, format('store {} item {}', toString(a), toString(b)), ${position})`,
      expected: inWords('due'),
      actual: inWords('found'),
    },
    compared(expectations),
    'WHERE due != found',
  );
};

const differences = (expectations: readonly AuditedExpectation[]): string =>
  unionAll([rowDifferences(expectations), ...CONSERVATION_DIFFERENCES]);

/** One row: `rows` of gold, and `differences` between what is and what bronze says should be. */
export function auditSql({ expectations = [] }: AuditOptions = {}): string {
  return `${WITH_REPEATED_IDS}
SELECT (SELECT count() FROM pos.inventory_current) AS rows, count() AS differences
FROM ${differences(expectations)}
${SETTINGS}`;
}

/** The first differences for people: what, subject, expected, actual. Parameter: limit. */
export function explainSql({ expectations = [] }: AuditOptions = {}): string {
  return `${WITH_REPEATED_IDS}
SELECT what, subject, expected, actual
FROM ${differences(expectations)}
ORDER BY what, subject
LIMIT {limit:UInt32}
${SETTINGS}`;
}
