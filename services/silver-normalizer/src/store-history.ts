import { INVENTORY_CHANGE_TOPIC, REFERENCE_RULES, type Reference } from '@tillstream/inventory';
import { partitionName, type TopicPartition } from '@tillstream/log';
import { findChanges, IDENTITY_HASH_BYTES, readIdentityHashes, type Store } from '@tillstream/store';
import type { IdentityColumns, PositionRange, SilverHistory } from './history.ts';

/** Silver's history as the tables of the store tell it. */
export function storeHistory(store: Store): SilverHistory {
  return {
    findChanges: async (lines) => findChanges(store, lines),
    identities: async function* (partitions) {
      const sourcePartitions = partitions.map(({ partition }) => partition);
      for await (const rows of readIdentityHashes(store, sourcePartitions)) yield toColumns(rows);
    },
    reference: async () => readReference(store),
    lastSetAside: async (partitions) => readLastSetAside(store, partitions),
    setAside: async (range) => readSetAside(store, range),
  };
}

function toColumns(rows: Buffer): IdentityColumns {
  const count = rows.length / IDENTITY_HASH_BYTES;
  const [high, low] = [new Uint32Array(count), new Uint32Array(count)];
  for (let row = 0; row < count; row++) {
    low[row] = rows.readUInt32LE(row * IDENTITY_HASH_BYTES);
    high[row] = rows.readUInt32LE(row * IDENTITY_HASH_BYTES + 4);
  }
  return { high, low };
}

async function readReference(store: Store): Promise<Reference> {
  const [stores, changeTypes, items] = await Promise.all([
    store.query<{ store_id: number; name: string }>('SELECT store_id, name FROM pos.store'),
    store.query<{ change_type_id: number; change_type: string }>(
      'SELECT change_type_id, change_type FROM pos.inventory_change_type',
    ),
    store.query<{ item_id: number }>('SELECT item_id FROM pos.item'),
  ]);
  return {
    storeNames: new Map(stores.map((row) => [row.store_id, row.name])),
    changeTypes: new Map(changeTypes.map((row) => [row.change_type_id, row.change_type])),
    itemIds: new Set(items.map((row) => row.item_id)),
  };
}

const WAITS = 'hasAny(rules, {referenceRules:Array(String)})';

async function readLastSetAside(store: Store, partitions: readonly TopicPartition[]) {
  // Integers of 64 bits come as text.
  const rows = await store.query<TopicPartition & { offset: string }>(
    `SELECT source_topic AS topic, source_partition AS partition, max(source_offset) AS offset
     FROM pos.quarantine
     WHERE concat(source_topic, '/', toString(source_partition)) IN {places:Array(String)} AND ${WAITS}
     GROUP BY topic, partition`,
    {
      places: partitions.map(partitionName),
      referenceRules: REFERENCE_RULES,
    },
  );
  return rows.map((row) => ({ ...row, offset: Number(row.offset) }));
}

const IN_RANGE = 'source_partition = {partition:UInt16} AND source_offset BETWEEN {from:UInt64} AND {to:UInt64}';
const HAS_NO_LINES = `source_offset NOT IN (SELECT source_offset FROM pos.inventory_change_rows WHERE ${IN_RANGE})`;

async function readSetAside(store: Store, { topic, partition, from, to }: PositionRange): Promise<readonly number[]> {
  // Counts may be stored twice: the one that is sent again has the greater position, and counts.
  const mayStayOut = topic === INVENTORY_CHANGE_TOPIC.name ? HAS_NO_LINES : 'true';
  const rows = await store.query<{ offset: string }>(
    `SELECT source_offset AS offset FROM pos.quarantine
     WHERE source_topic = {topic:String} AND ${IN_RANGE} AND ${WAITS} AND ${mayStayOut}`,
    { topic, partition, from, to, referenceRules: REFERENCE_RULES },
  );
  return rows.map((row) => Number(row.offset));
}
