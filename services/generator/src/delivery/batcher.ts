import { RecordBatchBuilder, type OutgoingBatch, type OutgoingRecord } from '@tillstream/log';

/** Collects records of many partitions for one append to the log. */
export class Batcher {
  count = 0;
  byteLength = 0;
  readonly #builders = new Map<string, RecordBatchBuilder[]>();

  append(topic: string, partition: number, record: OutgoingRecord): void {
    let builders = this.#builders.get(topic);
    if (builders === undefined) this.#builders.set(topic, (builders = []));
    (builders[partition] ??= new RecordBatchBuilder(topic, partition)).append(record);
    this.count++;
    this.byteLength += (record.key?.length ?? 0) + (record.value?.length ?? 0) + (record.headers?.length ?? 0);
  }

  /** What was collected; the batcher is empty again. */
  take(): OutgoingBatch[] {
    const batches: OutgoingBatch[] = [];
    for (const builders of this.#builders.values()) {
      for (const builder of builders) if (builder !== undefined) batches.push(builder.build());
      builders.length = 0;
    }
    this.count = 0;
    this.byteLength = 0;
    return batches;
  }
}
