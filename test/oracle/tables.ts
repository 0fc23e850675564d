import {
  INVENTORY_CHANGE_TYPE,
  INVENTORY_CURRENT,
  QUARANTINE,
  RAW_INVENTORY_CHANGE,
  RAW_INVENTORY_SNAPSHOT,
  STORE,
  type Table,
} from '@tillstream/inventory';
import { encodeRows, MAX_BLOCK_ROWS, type RowValues, type Store } from '@tillstream/store';

import {
  type BronzeRecord,
  CHANGE_TOPIC,
  type GoldRow,
  type Quarantined,
  type Reference,
  type Truth,
} from './naive-oracle.ts';

/** Writes a log, its reference data and what an oracle made of them where the pipeline would have written them. */

const TABLES = [
  RAW_INVENTORY_CHANGE,
  RAW_INVENTORY_SNAPSHOT,
  STORE,
  INVENTORY_CHANGE_TYPE,
  INVENTORY_CURRENT,
  QUARANTINE,
];

export async function emptyTables(store: Store): Promise<void> {
  for (const { name } of TABLES) await store.command(`TRUNCATE TABLE pos.${name}_rows`);
}

export async function writeLog(store: Store, records: readonly BronzeRecord[]): Promise<void> {
  const isChange = ({ topic }: BronzeRecord): boolean => topic === CHANGE_TOPIC;
  await insert(store, RAW_INVENTORY_CHANGE, records.filter(isChange).map(bronzeRow));
  await insert(store, RAW_INVENTORY_SNAPSHOT, records.filter((record) => !isChange(record)).map(bronzeRow));
}

export async function writeReference(store: Store, { stores, changeTypes }: Reference, generation = 1): Promise<void> {
  const named = <Id extends string>(id: Id, name: string, names: ReadonlyMap<number, string>): RowValues[] =>
    [...names].map((entry) => ({ [id]: entry[0], [name]: entry[1], generation }));
  await insert(store, STORE, named('store_id', 'name', stores));
  await insert(store, INVENTORY_CHANGE_TYPE, named('change_type_id', 'change_type', changeTypes));
}

export async function writeTruth(store: Store, { gold, quarantine }: Truth): Promise<void> {
  await writeGold(store, [...gold.values()]);
  await writeQuarantine(store, [...quarantine.values()]);
}

export async function writeGold(store: Store, rows: readonly GoldRow[], version = 1): Promise<void> {
  const values = rows.map((row) => ({
    store_id: row.storeId,
    item_id: row.itemId,
    snapshot_quantity: row.snapshotQuantity,
    change_quantity: row.changeQuantity,
    current_inventory: row.currentInventory,
    date_time: row.dateTime,
    version,
  }));
  await insert(store, INVENTORY_CURRENT, values);
}

export type QuarantineChange = { readonly replayedAt?: number; readonly revision?: number };

export async function writeQuarantine(
  store: Store,
  rows: readonly Quarantined[],
  { replayedAt, revision = 0 }: QuarantineChange = {},
): Promise<void> {
  const values = rows.map(({ record, rules, lines }) => ({
    source_topic: record.topic,
    source_partition: record.partition,
    source_offset: record.offset,
    source_path: '',
    source_row: 0,
    rules: [...rules],
    lines: [...lines],
    record_timestamp: record.timestamp,
    key: '',
    value: record.value,
    quarantined_at: record.timestamp,
    replayed_at: replayedAt ?? null,
    revision,
  }));
  await insert(store, QUARANTINE, values);
}

function bronzeRow({ topic, partition, offset, timestamp, value }: BronzeRecord): RowValues {
  return { topic, partition, offset, timestamp, key: '', value, headers: {} };
}

async function insert(store: Store, table: Table, rows: readonly RowValues[]): Promise<void> {
  for (let start = 0; start < rows.length; start += MAX_BLOCK_ROWS) {
    await store.insert(encodeRows(table, rows.slice(start, start + MAX_BLOCK_ROWS)));
  }
}
