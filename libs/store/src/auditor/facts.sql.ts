import { type AuditedExpectation, recordRows } from './line.sql.ts';
import { literal } from './literal.sql.ts';
import { CHANGE, MAY_BE_REPEATED, RAW_MAY_BE_REPEATED, SNAPSHOT } from './reader.sql.ts';

/**
 * A fact is what one row of some table says about a thing. The things are pairs of store and item, and records; the facts
 * about one thing come together by (thing, a, b). A pair has its lines, its counts and its gold rows; a record has the verdicts
 * that it should get and the quarantine rows that it did get.
 */
export const PAIR = 0;
export const CHANGE_RECORD = 1;
export const SNAPSHOT_RECORD = 2;
/** Of a topic that bronze does not have. */
export const UNKNOWN_RECORD = 3;

const ROLE = "Enum8('line' = 1, 'count' = 2, 'gold' = 3, 'verdict' = 4, 'held' = 5)";

const COLUMNS = [
  ['thing', 'UInt8'],
  /** Store, or partition of the record. */
  ['a', 'Int64'],
  /** Item, or offset of the record. */
  ['b', 'Int64'],
  ['role', ROLE],
  ['date_time', "DateTime64(3, 'UTC')"],
  /** Of a line, of a count, or the snapshot_quantity of a gold row. */
  ['quantity', 'Int64'],
  ['change_quantity', 'Int64'],
  ['current_inventory', 'Int64'],
  /** Partition, offset and entry of a count: of two at one time the later counts. */
  ['place', 'Tuple(UInt16, UInt64, UInt32)'],
  ['rules', 'Array(String)'],
  ['entries', 'Array(UInt32)'],
] as const;

type FactColumn = (typeof COLUMNS)[number][0];

const NEUTRAL: Partial<Record<FactColumn, string>> = { date_time: '0', place: '(0, 0, 0)', rules: '[]', entries: '[]' };

/** A SELECT of facts; columns that are not named are of no concern to that role. */
const facts = (columns: Partial<Record<FactColumn, string>>, from: string): string =>
  `SELECT ${COLUMNS.map(([name, type]) => `CAST(${columns[name] ?? NEUTRAL[name] ?? '0'}, ${literal(type)}) AS ${name}`).join(', ')}
  FROM (${from})`;

const IS_LEFT_OUT = `(store_id IN (SELECT store_id FROM pos.store WHERE name = 'online')
    AND change_type_id IN (SELECT change_type_id FROM pos.inventory_change_type WHERE change_type = 'bopis'))`;

/** Verdicts on records and entries, and the lines that have no other of their identity. */
const singleFacts = (expectations: readonly AuditedExpectation[]): string =>
  facts(
    {
      thing: `if(notEmpty(rules), ${CHANGE_RECORD}, ${PAIR})`,
      a: 'if(notEmpty(rules), toInt64(source_partition), toInt64(store_id))',
      b: 'if(notEmpty(rules), toInt64(source_offset), toInt64(item_id))',
      role: "if(notEmpty(rules), 'verdict', 'line')",
      date_time: 'date_time',
      quantity: 'quantity',
      rules: 'rules',
      entries: 'entries',
    },
    `SELECT * FROM (${recordRows(CHANGE, expectations)}) WHERE notEmpty(rules) OR (NOT ${IS_LEFT_OUT} AND NOT ${MAY_BE_REPEATED})`,
  );

/** Of the lines of one identity the first in the log counts; those with other content get a verdict. */
function repeatedFacts(expectations: readonly AuditedExpectation[]): string {
  const identities = `SELECT item_id, arraySort(groupArray(
        (source_partition, source_offset, (store_id, date_time, quantity, change_type_id), entries))) AS copies
    FROM (${recordRows(CHANGE, expectations, RAW_MAY_BE_REPEATED)})
    WHERE empty(rules) AND ${MAY_BE_REPEATED}
    GROUP BY trans_id, item_id`;
  return facts(
    {
      thing: `if(is_first, ${PAIR}, ${CHANGE_RECORD})`,
      a: 'if(is_first, toInt64(store_id), toInt64(copy.1))',
      b: 'if(is_first, toInt64(item_id), toInt64(copy.2))',
      role: "if(is_first, 'line', 'verdict')",
      date_time: 'copy.3.2',
      quantity: 'copy.3.3',
      rules: "if(is_first, [], ['conflicting_duplicate'])",
      entries: 'copy.4',
    },
    `SELECT *, copy, place = 1 AS is_first, copy.3.1 AS store_id, copy.3.4 AS change_type_id
    FROM (${identities})
    ARRAY JOIN copies AS copy, arrayEnumerate(copies) AS place
    WHERE if(is_first, NOT ${IS_LEFT_OUT}, copy.3 != copies[1].3)`,
  );
}

const snapshotFacts = (expectations: readonly AuditedExpectation[]): string =>
  facts(
    {
      thing: `if(notEmpty(rules), ${SNAPSHOT_RECORD}, ${PAIR})`,
      a: 'if(notEmpty(rules), toInt64(source_partition), toInt64(store_id))',
      b: 'if(notEmpty(rules), toInt64(source_offset), toInt64(item_id))',
      role: "if(notEmpty(rules), 'verdict', 'count')",
      date_time: 'date_time',
      quantity: 'quantity',
      place: '(source_partition, source_offset, entries[1])',
      rules: 'rules',
      entries: 'entries',
    },
    recordRows(SNAPSHOT, expectations),
  );

const GOLD_FACTS = facts(
  {
    thing: `${PAIR}`,
    a: 'store_id',
    b: 'item_id',
    role: "'gold'",
    date_time: 'date_time',
    quantity: 'snapshot_quantity',
    change_quantity: 'change_quantity',
    current_inventory: 'current_inventory',
  },
  'SELECT * FROM pos.inventory_current',
);

const QUARANTINE_FACTS = facts(
  {
    thing: `multiIf(source_topic IN (SELECT DISTINCT topic FROM ${CHANGE.table}), ${CHANGE_RECORD},
      source_topic IN (SELECT DISTINCT topic FROM ${SNAPSHOT.table}), ${SNAPSHOT_RECORD}, ${UNKNOWN_RECORD})`,
    a: 'source_partition',
    b: 'source_offset',
    role: "'held'",
    rules: 'rules',
    entries: 'lines',
  },
  "SELECT * FROM pos.quarantine WHERE source_path = ''",
);

/** Every fact that there is, in rows of the columns above. */
export function allFacts(expectations: readonly AuditedExpectation[]): string {
  return [singleFacts(expectations), repeatedFacts(expectations), snapshotFacts(expectations), GOLD_FACTS, QUARANTINE_FACTS].join('\n  UNION ALL\n  ');
}
