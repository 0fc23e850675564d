import type { SilverBlockWriter } from '@tillstream/inventory';
import { blockPartition, SILVER_BLOCK_ENCODING, SILVER_INVENTORY_TOPIC, type SilverRow } from '@tillstream/inventory';
import { encodeHeaders, RecordBatchBuilder, type OutgoingBatch } from '@tillstream/log';

const HEADERS = encodeHeaders({ encoding: SILVER_BLOCK_ENCODING });

/** Gathers the rows of a turn into blocks, by partition of the silver topic. */
export class BlockBuilder {
  readonly #partitions: number;
  readonly #writers: SilverBlockWriter[];
  readonly #batches = new Map<number, RecordBatchBuilder>();
  readonly #now: number;

  constructor(writers: SilverBlockWriter[], now: number) {
    this.#partitions = writers.length;
    this.#writers = writers;
    this.#now = now;
  }

  partitionOf(storeId: number, itemId: number): number {
    return blockPartition(storeId, itemId, this.#partitions);
  }

  add(partition: number, row: SilverRow): void {
    const writer = this.#writers[partition]!;
    writer.add(row);
    if (writer.isFull) this.#flush(partition);
  }

  build(): readonly OutgoingBatch[] {
    this.#writers.forEach((writer, partition) => {
      if (writer.rows > 0) this.#flush(partition);
    });
    return [...this.#batches.values()].map((batch) => batch.build());
  }

  #flush(partition: number): void {
    const batch = this.#batches.get(partition) ?? new RecordBatchBuilder(SILVER_INVENTORY_TOPIC.name, partition);
    this.#batches.set(partition, batch);
    batch.append({ key: null, value: this.#writers[partition]!.take(), headers: HEADERS, timestamp: this.#now });
  }
}
