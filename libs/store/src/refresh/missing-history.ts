import {
  INVENTORY_CHANGE_TOPIC,
  RAW_INVENTORY_CHANGE,
  RAW_INVENTORY_SNAPSHOT,
  storageName,
} from '@tillstream/inventory';

import type { Store } from '../port.ts';

/** Of a partition: the first record that the topic still has. */
export type PartitionStart = { readonly topic: string; readonly partition: number; readonly start: number };

/** Records below the start that bronze lacks. */
export type MissingHistory = PartitionStart & { readonly missing: number };

const heldSql = (table: string): string => `SELECT partition, groupBitmap(offset) AS held
FROM pos.${table}
WHERE topic = {topic:String} AND offset < arrayElement({starts:Array(UInt64)}, partition + 1)
GROUP BY partition
SETTINGS max_threads = 2`;

/** Partitions whose oldest records are neither in the topic, by its retention, nor in bronze. */
export async function missingHistory(
  store: Pick<Store, 'query'>,
  partitions: readonly PartitionStart[],
): Promise<readonly MissingHistory[]> {
  const missing: MissingHistory[] = [];
  const begun = partitions.filter(({ start }) => start > 0);
  for (const [topic, ofTopic] of Map.groupBy(begun, (one) => one.topic)) {
    const held = await heldRecords(store, topic, ofTopic);
    for (const one of ofTopic) {
      const lacking = one.start - (held.get(one.partition) ?? 0);
      if (lacking > 0) missing.push({ ...one, missing: lacking });
    }
  }
  return missing;
}

async function heldRecords(
  store: Pick<Store, 'query'>,
  topic: string,
  partitions: readonly PartitionStart[],
): Promise<ReadonlyMap<number, number>> {
  const length = Math.max(...partitions.map(({ partition }) => partition)) + 1;
  const starts = Array.from({ length }, () => 0);
  for (const { partition, start } of partitions) starts[partition] = start;
  const table = topic === INVENTORY_CHANGE_TOPIC.name ? RAW_INVENTORY_CHANGE : RAW_INVENTORY_SNAPSHOT;
  const rows = await store.query<{ partition: number; held: string }>(heldSql(storageName(table)), {
    topic,
    starts,
  });
  return new Map(rows.map(({ partition, held }) => [partition, Number(held)]));
}
