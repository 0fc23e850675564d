import { type AuditedExpectation, recordRows } from './line.sql.ts';
import { CHANGE, readAny, SNAPSHOT } from './reader.sql.ts';
import { derive, literal, select, unionAll } from './sql.ts';

/**
 * A fact is what one row of some table says about a thing. The things are pairs of store and item, and records; the facts
 * about one thing come together by (thing, a, b). A pair has its lines, its counts and its gold rows; a record has the verdicts
 * that it should get and the quarantine rows that it did get.
 */
export const PAIR = 0;
export const CHANGE_RECORD = 1;
export const SNAPSHOT_RECORD = 2;
/** Of a topic that bronze does not have. */
const UNKNOWN_RECORD = 3;

const TYPES = {
  thing: 'UInt8',
  /** Store, or partition of the record. */
  a: 'Int64',
  /** Item, or offset of the record. */
  b: 'Int64',
  role: "Enum8('line' = 1, 'count' = 2, 'gold' = 3, 'verdict' = 4, 'held' = 5)",
  date_time: "DateTime64(3, 'UTC')",
  /** Of a line, of a count, or the snapshot_quantity of a gold row. */
  quantity: 'Int64',
  change_quantity: 'Int64',
  current_inventory: 'Int64',
  /** Of a count: its moment, partition, offset and entry in one number, since numbers are compared fast. The greatest counts. */
  place: 'UInt256',
  rules: 'Array(String)',
  entries: 'Array(UInt32)',
};

type Fact = Record<'thing' | 'a' | 'b' | 'role', string> & Partial<Record<keyof typeof TYPES, string>>;

/** What a role does not name is of no concern to it. */
const UNNAMED = {
  date_time: '0',
  quantity: '0',
  change_quantity: '0',
  current_inventory: '0',
  place: '0',
  rules: '[]',
  entries: '[]',
};

function facts(fact: Fact, from: string): string {
  const expressions: Record<string, string> = { ...UNNAMED, ...fact };
  const columns = Object.entries(TYPES).map(([name, type]) => [name, `CAST(${expressions[name]}, ${literal(type)})`]);
  return select(Object.fromEntries(columns), from);
}

/**
 * Name in the statement of a bitmap: hashes of the trans_ids that are in more than one record, and perhaps of others. Only these
 * transactions can hold duplicates, and comparing just them keeps the audit small.
 */
const REPEATED_IDS = 'repeated_ids';
const hash = (id: string): string => `toUInt32(cityHash64(${id}))`;

/** In a valid record without escapes that has the name trans_id once, that name is its field, and simdjson finds it. */
const IS_EVIDENT = String.raw`(countSubstrings(value, 'trans_id') = 1 AND position(value, '\\') = 0)`;
const EVIDENT_HASH = hash("JSONExtractString(value, 'trans_id')");

/** The WITH of a statement that uses the facts. */
export const WITH_REPEATED_IDS = `WITH (
  SELECT groupBitmapState(hash)
  FROM (
    SELECT hash
    FROM ${unionAll([
      select({ hash: EVIDENT_HASH }, CHANGE.table, `WHERE ${IS_EVIDENT}`),
      select({ hash: hash('trans_id') }, readAny(CHANGE, `NOT ${IS_EVIDENT}`)),
    ])}
    GROUP BY hash HAVING count() > 1)
  ) AS ${REPEATED_IDS}`;

const IS_REPEATED = `bitmapContains(${REPEATED_IDS}, ${hash('trans_id')})`;
/** The same from the bytes, or yes where that takes reading them. */
const MAY_BE_REPEATED = `(NOT ${IS_EVIDENT} OR bitmapContains(${REPEATED_IDS}, ${EVIDENT_HASH}))`;

const IS_LEFT_OUT = `(store_id IN (SELECT store_id FROM pos.store WHERE name = 'online')
    AND change_type_id IN (SELECT change_type_id FROM pos.inventory_change_type WHERE change_type = 'bopis'))`;

/** Verdicts on records and entries, and the lines of transactions that are in one record only. */
const simpleFacts = (expectations: readonly AuditedExpectation[]): string =>
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
    `(SELECT * FROM ${recordRows(CHANGE, expectations)} WHERE notEmpty(rules) OR (NOT ${IS_LEFT_OUT} AND NOT ${IS_REPEATED}))`,
  );

/** Of the lines of one identity the first in the log counts, and those with other content get a verdict. */
function repeatedFacts(expectations: readonly AuditedExpectation[]): string {
  const identities = `(SELECT item_id,
      arraySort(groupArray((source_partition, source_offset, (store_id, date_time, quantity, change_type_id), entries))) AS copies
    FROM ${recordRows(CHANGE, expectations, readAny(CHANGE, MAY_BE_REPEATED))}
    WHERE empty(rules) AND ${IS_REPEATED}
    GROUP BY trans_id, item_id)`;
  const copies = `(SELECT item_id, copies[1].3 AS first_content, copy, place
    FROM ${identities}
    ARRAY JOIN copies AS copy, arrayEnumerate(copies) AS place)`;
  const judged = derive(copies, { is_first: 'place = 1', store_id: 'copy.3.1', change_type_id: 'copy.3.4' });
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
    `(SELECT * FROM ${judged} WHERE if(is_first, NOT ${IS_LEFT_OUT}, copy.3 != first_content))`,
  );
}

const PLACE = `bitShiftLeft(toUInt256(toUnixTimestamp64Milli(date_time)), 112) + bitShiftLeft(toUInt256(source_partition), 96)
    + bitShiftLeft(toUInt256(source_offset), 32) + entries[1]`;

const snapshotFacts = (expectations: readonly AuditedExpectation[]): string =>
  facts(
    {
      thing: `if(notEmpty(rules), ${SNAPSHOT_RECORD}, ${PAIR})`,
      a: 'if(notEmpty(rules), toInt64(source_partition), toInt64(store_id))',
      b: 'if(notEmpty(rules), toInt64(source_offset), toInt64(item_id))',
      role: "if(notEmpty(rules), 'verdict', 'count')",
      date_time: 'date_time',
      quantity: 'quantity',
      place: PLACE,
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
  'pos.inventory_current',
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
  "(SELECT * FROM pos.quarantine WHERE source_path = '')",
);

/** Every fact that there is, in rows of the columns above. */
export function allFacts(expectations: readonly AuditedExpectation[]): string {
  return unionAll([
    simpleFacts(expectations),
    repeatedFacts(expectations),
    snapshotFacts(expectations),
    GOLD_FACTS,
    QUARANTINE_FACTS,
  ]);
}
