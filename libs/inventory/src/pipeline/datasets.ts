import type { Column, Dataset, Table, View } from './dataset.ts';
import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC, SILVER_INVENTORY_TOPIC } from './topics.ts';

const TIME = "DateTime64(3, 'UTC')";

const RAW_COLUMNS: readonly Column[] = [
  { name: 'topic', type: 'LowCardinality(String)', comment: 'Topic the record came from' },
  { name: 'partition', type: 'UInt16', comment: 'Its partition' },
  { name: 'offset', type: 'UInt64', comment: 'Its offset in the partition' },
  { name: 'timestamp', type: TIME, comment: "The record's own timestamp, set by the sender" },
  { name: 'key', type: 'String', comment: 'Key as sent; empty when there was none' },
  { name: 'value', type: 'String', comment: 'Value byte for byte; empty for a tombstone' },
  { name: 'headers', type: 'Map(String, String)', comment: 'Headers as sent' },
];

const raw = (name: string, topic: string, comment: string): Table => ({
  kind: 'table',
  name,
  layer: 'bronze',
  comment,
  columns: RAW_COLUMNS,
  storage: { key: ['topic', 'partition', 'offset'] },
  inputs: [topic],
});

const SOURCE_POSITION: readonly Column[] = [
  { name: 'source_partition', type: 'UInt16', comment: 'Partition of the record that the row came from' },
  { name: 'source_offset', type: 'UInt64', comment: 'Offset of that record' },
];

export const RAW_INVENTORY_CHANGE = raw(
  'raw_inventory_change',
  INVENTORY_CHANGE_TOPIC.name,
  'Every transaction record as it came, valid or not.',
);

export const RAW_INVENTORY_SNAPSHOT = raw(
  'raw_inventory_snapshot',
  INVENTORY_SNAPSHOT_TOPIC.name,
  'Every count record as it came, valid or not.',
);

const reference = (name: string, comment: string, columns: readonly Column[]): Table => ({
  kind: 'table',
  name,
  layer: 'silver',
  comment,
  columns: [...columns, { name: 'generation', type: 'UInt64', comment: 'Load that wrote the row', internal: true }],
  storage: { key: ['generation', columns[0]!.name], generation: 'generation' },
  inputs: [`${name}.txt`],
});

export const STORE = reference('store', 'Stores by id. The one named online books no pick-ups.', [
  { name: 'store_id', type: 'Int32', comment: 'Identity of the store' },
  { name: 'name', type: 'String', comment: 'Name of the store' },
]);

export const ITEM = reference('item', 'Items by id, with their safety stock.', [
  { name: 'item_id', type: 'Int32', comment: 'Identity of the item' },
  { name: 'name', type: 'String', comment: 'Name of the item' },
  { name: 'supplier_id', type: 'Int32', comment: 'Who supplies it' },
  { name: 'safety_stock_quantity', type: 'Int32', comment: 'Below this much stock the item is at risk' },
]);

export const INVENTORY_CHANGE_TYPE = reference('inventory_change_type', 'Kinds of change by id.', [
  { name: 'change_type_id', type: 'Int16', comment: 'Identity of the kind' },
  { name: 'change_type', type: 'String', comment: 'sale, shrink, restock, bopis, return, …' },
]);

export const INVENTORY_CHANGE: Table = {
  kind: 'table',
  name: 'inventory_change',
  layer: 'silver',
  comment: "A transaction's change of one item, once, its repeated lines added up.",
  columns: [
    { name: 'store_id', type: 'Int32', comment: 'Store whose stock changes' },
    { name: 'item_id', type: 'Int32', comment: 'Item whose stock changes' },
    { name: 'trans_id', type: 'String', comment: 'Transaction, as the till named it' },
    { name: 'date_time', type: TIME, comment: 'When it happened, by the till' },
    { name: 'quantity', type: 'Int32', comment: 'Signed change: sales are negative' },
    { name: 'change_type_id', type: 'Int16', comment: 'Kind of change' },
    { name: 'rescued_data', type: 'String', comment: 'Unknown fields of the message as JSON; empty when none' },
    ...SOURCE_POSITION,
    {
      name: 'identity_hash',
      type: 'UInt64',
      comment: 'Hash of trans_id and item_id, for rebuilding filters',
      internal: true,
    },
    {
      name: 'block_partition',
      type: 'UInt16',
      comment: 'Partition of the silver topic that carries the key',
      internal: true,
    },
    {
      name: 'off_shelf',
      type: 'UInt8',
      comment: "1 for a pick-up order booked in the online store: another store's shelf",
      internal: true,
    },
    {
      name: 'first_wins',
      type: 'UInt64',
      comment: 'Greater for earlier records: the first in the log is kept',
      internal: true,
    },
  ],
  storage: {
    key: ['store_id', 'item_id', 'trans_id'],
    version: 'first_wins',
    indexes: { by_transaction: 'trans_id TYPE bloom_filter(0.001) GRANULARITY 1' },
  },
  inputs: [INVENTORY_CHANGE_TOPIC.name, 'store', 'item', 'inventory_change_type'],
};

export const INVENTORY_SNAPSHOT: Table = {
  kind: 'table',
  name: 'inventory_snapshot',
  layer: 'silver',
  comment: 'Every count of an item in a store.',
  columns: [
    { name: 'store_id', type: 'Int32', comment: 'Store that counted' },
    { name: 'item_id', type: 'Int32', comment: 'Item that was counted' },
    { name: 'date_time', type: TIME, comment: 'When it was counted' },
    { name: 'employee_id', type: 'Nullable(Int32)', comment: 'Who counted' },
    { name: 'quantity', type: 'Int32', comment: 'How many there were' },
    ...SOURCE_POSITION,
    { name: 'source_line', type: 'UInt32', comment: 'Index of the entry in its record' },
    {
      name: 'block_partition',
      type: 'UInt16',
      comment: 'Partition of the silver topic that carries the key',
      internal: true,
    },
  ],
  storage: { key: ['store_id', 'item_id', 'date_time', 'source_partition', 'source_offset', 'source_line'] },
  inputs: [INVENTORY_SNAPSHOT_TOPIC.name, 'store'],
};

export const LATEST_INVENTORY_SNAPSHOT: View = {
  kind: 'view',
  name: 'latest_inventory_snapshot',
  layer: 'silver',
  comment: 'The latest count of an item in a store; of two at one time, the later in the log.',
  inputs: ['inventory_snapshot'],
  select: `SELECT store_id, item_id,
  tupleElement(latest, 1) AS date_time, tupleElement(latest, 5) AS employee_id, tupleElement(latest, 6) AS quantity
FROM (
  SELECT store_id, item_id,
    max((date_time, source_partition, source_offset, source_line, employee_id, quantity)) AS latest
  FROM inventory_snapshot GROUP BY store_id, item_id
)`,
};

export const QUARANTINE: Table = {
  kind: 'table',
  name: 'quarantine',
  layer: 'silver',
  comment: 'Records and file rows that broke a rule, byte for byte, with every rule they broke.',
  columns: [
    { name: 'source_topic', type: 'LowCardinality(String)', comment: 'Topic of the record; empty for a row of a file' },
    ...SOURCE_POSITION,
    { name: 'source_path', type: 'String', comment: 'File of the row; empty for a record' },
    { name: 'source_row', type: 'UInt32', comment: 'Line of the row in its file, 1 is the header; 0 for a record' },
    { name: 'rules', type: 'Array(String)', comment: 'Every rule that it broke' },
    { name: 'lines', type: 'Array(UInt32)', comment: 'Indexes of the broken entries; empty when all of it is broken' },
    { name: 'record_timestamp', type: TIME, comment: "The record's own timestamp" },
    { name: 'key', type: 'String', comment: 'Key as sent' },
    { name: 'value', type: 'String', comment: 'Value byte for byte' },
    { name: 'quarantined_at', type: TIME, comment: 'When it was set aside' },
    { name: 'replayed_at', type: `Nullable(${TIME})`, comment: 'When it was sent again; null while it waits' },
    { name: 'revision', type: 'UInt8', comment: '0 set aside, 1 sent again', internal: true },
  ],
  storage: {
    key: ['source_topic', 'source_partition', 'source_offset', 'source_path', 'source_row'],
    version: 'revision',
  },
  inputs: [INVENTORY_CHANGE_TOPIC.name, INVENTORY_SNAPSHOT_TOPIC.name, 'count files'],
};

export const LOADED_FILE: Table = {
  kind: 'table',
  name: 'loaded_file',
  layer: 'bronze',
  comment: 'Count files that have been loaded: each content once, by path and hash.',
  columns: [
    { name: 'path', type: 'String', comment: 'Path below the inbox' },
    { name: 'content_hash', type: 'String', comment: 'SHA-256 of the content, hexadecimal' },
    { name: 'version', type: 'UInt32', comment: '1 for the first content of the path, then counting up' },
    { name: 'rows_loaded', type: 'UInt64', comment: 'Rows that became counts' },
    { name: 'rows_quarantined', type: 'UInt64', comment: 'Rows that broke a rule' },
    { name: 'loaded_at', type: TIME, comment: 'When it was done' },
  ],
  storage: { key: ['path', 'content_hash'] },
  inputs: ['count files'],
};

export const INVENTORY_CURRENT: Table = {
  kind: 'table',
  name: 'inventory_current',
  layer: 'gold',
  comment: 'What is on the shelf now: the latest count plus the changes since.',
  columns: [
    { name: 'store_id', type: 'Int32', comment: 'Store' },
    { name: 'item_id', type: 'Int32', comment: 'Item' },
    { name: 'snapshot_quantity', type: 'Int64', comment: 'Quantity of the latest count' },
    { name: 'change_quantity', type: 'Int64', comment: 'Sum of the changes since that count' },
    { name: 'current_inventory', type: 'Int64', comment: 'snapshot_quantity + change_quantity' },
    { name: 'date_time', type: TIME, comment: 'The later of the count and its last change' },
    { name: 'version', type: 'UInt64', comment: 'era << 48 | (offset of the last block of the key + 1)' },
  ],
  storage: { key: ['store_id', 'item_id'], version: 'version' },
  inputs: [SILVER_INVENTORY_TOPIC.name, 'store', 'inventory_change_type'],
};

export const UNCOUNTED_ITEM: View = {
  kind: 'view',
  name: 'uncounted_item',
  layer: 'gold',
  comment: 'Items that changed in a store and were never counted there.',
  inputs: ['inventory_change', 'inventory_snapshot'],
  select: `SELECT store_id, item_id, count() AS changes, sum(toInt64(quantity)) AS change_quantity, max(date_time) AS last_date_time
FROM inventory_change
WHERE (store_id, item_id) NOT IN (SELECT store_id, item_id FROM inventory_snapshot)
GROUP BY store_id, item_id`,
};

export const PIPELINE_EVENT: Table = {
  kind: 'table',
  name: 'pipeline_event',
  layer: 'operations',
  comment: 'The event log: lifecycle, flow progress, data quality, lineage.',
  columns: [
    { name: 'timestamp', type: TIME, comment: 'When' },
    { name: 'event_id', type: 'String', comment: 'Identity of the event' },
    {
      name: 'event_type',
      type: 'LowCardinality(String)',
      comment: 'create_update, flow_progress, dataset_definition, …',
    },
    {
      name: 'level',
      type: 'LowCardinality(String)',
      comment: 'ERROR act now, WARN look today, INFO lifecycle, METRICS figures',
    },
    { name: 'service', type: 'LowCardinality(String)', comment: 'Who says it' },
    { name: 'dataset', type: 'LowCardinality(String)', comment: 'What it is about; empty when it is about the whole' },
    { name: 'message', type: 'String', comment: 'One line for people' },
    { name: 'details', type: 'String', comment: 'The figures as JSON, by event type' },
  ],
  storage: { key: ['timestamp', 'event_id'] },
  inputs: [],
};

export const DATASETS: readonly Dataset[] = [
  RAW_INVENTORY_CHANGE,
  RAW_INVENTORY_SNAPSHOT,
  LOADED_FILE,
  STORE,
  ITEM,
  INVENTORY_CHANGE_TYPE,
  INVENTORY_CHANGE,
  INVENTORY_SNAPSHOT,
  LATEST_INVENTORY_SNAPSHOT,
  QUARANTINE,
  INVENTORY_CURRENT,
  UNCOUNTED_ITEM,
  PIPELINE_EVENT,
];
