import type { RecordSpan, SourcePositions } from '@tillstream/inventory';
import type { RecordBatch } from '@tillstream/log';

type LeftOut = ReadonlyMap<RecordBatch, ReadonlySet<number>>;

/** The records of one turn under one numbering, batch after batch: what lines and rejections refer to. */
export class TurnRecords implements SourcePositions {
  readonly count: number;
  readonly partition: Uint16Array;
  readonly offset: Float64Array;
  readonly timestamp: Float64Array;
  readonly #batches: readonly RecordBatch[];
  /** Number of each batch's first record. */
  readonly #starts: readonly number[];
  /** Offsets that are numbered and not visited. */
  readonly #leftOut: LeftOut;

  constructor(batches: readonly RecordBatch[], leftOut: LeftOut = new Map()) {
    this.#batches = batches;
    this.#leftOut = leftOut;
    const starts: number[] = [];
    let count = 0;
    for (const batch of batches) {
      starts.push(count);
      count += batch.count;
    }
    this.#starts = starts;
    this.count = count;
    this.partition = new Uint16Array(count);
    this.offset = new Float64Array(count);
    this.timestamp = new Float64Array(count);
    batches.forEach((batch, index) => {
      this.partition.fill(batch.partition, starts[index]!, starts[index]! + batch.count);
      this.offset.set(batch.offsets, starts[index]);
      this.timestamp.set(batch.timestamps, starts[index]);
    });
  }

  /** Visits every record in its order, but for those that are left out. */
  each(visit: (span: RecordSpan) => void): void {
    this.#batches.forEach((batch, index) => {
      const { bytes, count, offsets, valueStart, valueEnd, timestamps } = batch;
      const first = this.#starts[index]!;
      const leftOut = this.#leftOut.get(batch);
      for (let position = 0; position < count; position++) {
        if (leftOut?.has(offsets[position]!) === true) continue;
        visit({
          record: first + position,
          bytes,
          start: valueStart[position]!,
          end: valueEnd[position]!,
          timestamp: timestamps[position]!,
        });
      }
    });
  }

  /** The batch that holds a record, and its index there. */
  locate(record: number): { readonly batch: RecordBatch; readonly index: number } {
    let batch = this.#starts.length - 1;
    while (this.#starts[batch]! > record) batch--;
    return { batch: this.#batches[batch]!, index: record - this.#starts[batch]! };
  }
}
