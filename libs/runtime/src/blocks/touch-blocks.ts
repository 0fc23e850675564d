import { OFF_SHELF, SilverBlockWriter, type StoreAndItem } from '@tillstream/inventory';
import type { OutgoingBatch } from '@tillstream/log';
import { BlockBuilder } from './block-builder.ts';

/** Of what comes from no record. */
const NOTHING = {
  kind: OFF_SHELF,
  quantity: 0,
  changeTypeId: 0,
  sourcePartition: 0,
  sourceOffset: 0,
  sourceLine: 0,
  identityHigh: 0,
  identityLow: 0,
} as const;

/**
 * Blocks for the silver topic that have gold write these keys again as they are: changes that leave the shelf alone.
 * `partitions` is how many the topic has, `now` epoch milliseconds.
 */
export function touchBlocks(keys: Iterable<StoreAndItem>, partitions: number, now: number): readonly OutgoingBatch[] {
  const blocks = new BlockBuilder(
    Array.from({ length: partitions }, () => new SilverBlockWriter()),
    now,
  );
  for (const { storeId, itemId } of keys) {
    const row = { ...NOTHING, storeId, itemId, dateTime: now, recordTimestamp: now };
    blocks.add(blocks.partitionOf(storeId, itemId), row);
  }
  return blocks.build();
}
