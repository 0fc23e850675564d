import type { StoreAndItem, StoredKey } from '@tillstream/inventory';
import type { TopicPartition } from '@tillstream/log';

/**
 * What gold asks of the silver tables. Every row that was ever published is in them; rows that are not published yet
 * may be too, and do no harm.
 */
export interface StockHistory {
  /** Every key of these block partitions, all of its changes settled, with the partition that carries it. */
  keys(partitions: readonly TopicPartition[]): AsyncIterable<{ partition: number; key: StoredKey }>;
  /** Greatest source offset of the stored changes by source partition; -1 where there is none. */
  lastOffsets(): Promise<readonly number[]>;
  /** State of some keys. Changes above `borders[source partition]` come one by one, the others as a sum. */
  lookUp(keys: readonly StoreAndItem[], borders: readonly number[]): Promise<readonly StoredKey[]>;
}
