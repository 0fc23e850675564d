import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import { BOPIS_CHANGE_TYPE_ID, ONLINE_STORE_ID } from '../input/input.ts';

export const DATABASE = 'engine';
export const GROUPS = { changes: 'engine-changes', counts: 'engine-counts' };

/** Chosen for freshness and cost on two cores; see docs/benchmarks.md. */
const QUEUE_SETTINGS = {
  kafka_format: "'RawBLOB'",
  kafka_flush_interval_ms: 500,
  kafka_max_block_size: 131_072,
  kafka_poll_max_batch_size: 65_536,
  kafka_thread_per_consumer: 1,
};

const CHANGE =
  'Tuple(trans_id String, store_id Int32, date_time String, change_type_id Int16, items Array(Tuple(item_id Int32, quantity Int32)))';
const COUNT = 'Tuple(store_id Int32, date_time String, items Array(Tuple(item_id Int32, quantity Int32)))';

/** As Tillstream's own tables have them. */
const MERGE_SETTINGS = "SETTINGS auto_statistics_types = '', merge_selector_base = 10";

/** Statements in order: from the queues over bronze and silver to the exact view of gold. Run before anything is read. */
export function engineStatements(brokers: string): readonly string[] {
  return [
    `CREATE DATABASE ${DATABASE}`,
    rawTable('raw_change'),
    rawTable('raw_count'),
    CHANGE_TABLE,
    COUNT_TABLE,
    INVENTORY_VIEW,
    CHANGE_FLOW,
    COUNT_FLOW,
    queue('change_queue', { brokers, topic: INVENTORY_CHANGE_TOPIC.name, group: GROUPS.changes, consumers: 2 }),
    queue('count_queue', { brokers, topic: INVENTORY_SNAPSHOT_TOPIC.name, group: GROUPS.counts, consumers: 1 }),
    rawFlow('raw_count', 'count_queue'),
    rawFlow('raw_change', 'change_queue'),
  ];
}

type Queue = {
  readonly brokers: string;
  readonly topic: string;
  readonly group: string;
  readonly consumers: number;
};

function queue(name: string, { brokers, topic, group, consumers }: Queue): string {
  const settings = Object.entries({
    kafka_broker_list: `'${brokers}'`,
    kafka_topic_list: `'${topic}'`,
    kafka_group_name: `'${group}'`,
    kafka_num_consumers: consumers,
    ...QUEUE_SETTINGS,
  });
  return `CREATE TABLE ${DATABASE}.${name} (value String) ENGINE = Kafka
SETTINGS ${settings.map(([key, value]) => `${key} = ${value}`).join(', ')}`;
}

/** What is read twice after a crash is the same row again. */
function rawTable(name: string): string {
  return `CREATE TABLE ${DATABASE}.${name} (
  partition UInt16, offset UInt64, timestamp DateTime64(3, 'UTC'), key String, value String
) ENGINE = ReplacingMergeTree ORDER BY (partition, offset) ${MERGE_SETTINGS}`;
}

function rawFlow(table: string, queueName: string): string {
  return `CREATE MATERIALIZED VIEW ${DATABASE}.to_${table} TO ${DATABASE}.${table} AS
SELECT _partition AS partition, _offset AS offset, assumeNotNull(_timestamp_ms) AS timestamp, _key AS key, value
FROM ${DATABASE}.${queueName}`;
}

/** The first in the log wins: the row with the greatest `first_wins` stays. */
const CHANGE_TABLE = `CREATE TABLE ${DATABASE}.change (
  store_id Int32, item_id Int32, trans_id String, date_time DateTime64(3, 'UTC'), quantity Int64,
  change_type_id Int16, first_wins UInt64
) ENGINE = ReplacingMergeTree(first_wins) ORDER BY (store_id, item_id, trans_id) ${MERGE_SETTINGS}`;

const COUNT_TABLE = `CREATE TABLE ${DATABASE}.count (
  store_id Int32, item_id Int32, date_time DateTime64(3, 'UTC'), partition UInt16, offset UInt64, line UInt32,
  quantity Int32
) ENGINE = ReplacingMergeTree ORDER BY (store_id, item_id, date_time, partition, offset, line) ${MERGE_SETTINGS}`;

/** `sumMap` adds up the entries of one item. */
const CHANGE_FLOW = `CREATE MATERIALIZED VIEW ${DATABASE}.to_change TO ${DATABASE}.change AS
WITH JSONExtract(value, '${CHANGE}') AS message,
  arrayReduce('sumMap', [message.items.item_id], [message.items.quantity]) AS folded
SELECT message.store_id AS store_id, line.1 AS item_id, message.trans_id AS trans_id,
  parseDateTime64BestEffort(message.date_time, 3, 'UTC') AS date_time, line.2 AS quantity,
  message.change_type_id AS change_type_id,
  bitNot(bitOr(bitShiftLeft(toUInt64(partition), 48), offset)) AS first_wins
FROM ${DATABASE}.raw_change
ARRAY JOIN arrayZip(folded.1, folded.2) AS line`;

const COUNT_FLOW = `CREATE MATERIALIZED VIEW ${DATABASE}.to_count TO ${DATABASE}.count AS
WITH JSONExtract(value, '${COUNT}') AS message
SELECT message.store_id AS store_id, item.1 AS item_id,
  parseDateTime64BestEffort(message.date_time, 3, 'UTC') AS date_time, partition, offset, line - 1 AS line,
  item.2 AS quantity
FROM ${DATABASE}.raw_count
ARRAY JOIN message.items AS item, arrayEnumerate(message.items) AS line`;

/** Computed when it is read: a sum that is kept would count what comes twice, and would not know of a later count. */
const INVENTORY_VIEW = `CREATE VIEW ${DATABASE}.inventory_current AS
SELECT store_id, item_id,
  any(counted) + sumIf(quantity, date_time >= counted_at) AS current_inventory
FROM (
  SELECT store_id, item_id, max((date_time, partition, offset, line, quantity)) AS latest,
    latest.1 AS counted_at, toInt64(latest.5) AS counted
  FROM ${DATABASE}.count GROUP BY store_id, item_id
) AS latest_count
LEFT JOIN (
  SELECT store_id, item_id, date_time, quantity FROM ${DATABASE}.change FINAL
  WHERE NOT (store_id = ${ONLINE_STORE_ID} AND change_type_id = ${BOPIS_CHANGE_TYPE_ID})
) AS changes USING (store_id, item_id)
GROUP BY store_id, item_id`;
