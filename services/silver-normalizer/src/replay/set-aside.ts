import { partitionName, type RecordBatch, type TopicPartition } from '@tillstream/log';
import type { SilverHistory } from '../history.ts';

/**
 * Records that wait for reference data count where they are sent again, never at their own position, whatever is known by
 * now. Silver reads such a position twice when its turn was not committed; judged anew by newer data the record would come
 * before a copy with other content that has counted in the meantime.
 */
export class SetAside {
  readonly #history: SilverHistory;
  /** The last such position of a partition when it was assigned. What lies behind it has never been judged. */
  readonly #lastOffsets = new Map<string, number>();

  constructor(history: SilverHistory) {
    this.#history = history;
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    for (const one of partitions) this.#lastOffsets.delete(partitionName(one));
    for (const last of await this.#history.lastSetAside(partitions))
      this.#lastOffsets.set(partitionName(last), last.offset);
  }

  /** Offsets that stay out, of those batches that have any. */
  async among(batches: readonly RecordBatch[]): Promise<ReadonlyMap<RecordBatch, ReadonlySet<number>>> {
    const found = new Map<RecordBatch, ReadonlySet<number>>();
    for (const batch of batches) {
      const from = batch.offsets[0];
      const last = this.#lastOffsets.get(partitionName(batch));
      if (from === undefined || last === undefined || from > last) continue;
      const { topic, partition, nextOffset } = batch;
      const offsets = await this.#history.setAside({ topic, partition, from, to: nextOffset - 1 });
      if (offsets.length > 0) found.set(batch, new Set(offsets));
    }
    return found;
  }
}
