import type { Source } from '@tillstream/generator';
import { partitionOf, RecordBatchBuilder, type OutgoingBatch } from '@tillstream/log';

/** Until a record is sent, its timestamp is when it is due: milliseconds since sending began. */
type Partition = { readonly records: OutgoingBatch; sent: number };

/** All records of a source in memory, so that sending them at a steady rate takes next to nothing. */
export class PreparedRecords {
  readonly count: number;
  readonly #partitions: readonly Partition[];
  #sent = 0;

  private constructor(builders: Iterable<RecordBatchBuilder>) {
    this.#partitions = Array.from(builders, (builder) => ({ records: builder.build(), sent: 0 }));
    this.count = this.#partitions.reduce((sum, { records }) => sum + records.count, 0);
  }

  /** Of a source whose records all have keys. `partitions` is of each topic. */
  static of(source: Source, partitions: number, recordsPerSecond: number): PreparedRecords {
    const builders = new Map<string, RecordBatchBuilder>();
    let index = 0;
    for (const step of source.steps()) {
      if (step.kind !== 'record') throw new Error(`a ${step.kind} cannot be sent at a rate`);
      const partition = partitionOf(step.key!, partitions);
      const name = `${step.topic}/${partition}`;
      let builder = builders.get(name);
      if (builder === undefined) builders.set(name, (builder = new RecordBatchBuilder(step.topic, partition)));
      builder.append({ key: step.key, value: step.value, timestamp: (index++ * 1000) / recordsPerSecond });
    }
    return new PreparedRecords(builders.values());
  }

  /** That have not been taken. */
  get left(): number {
    return this.count - this.#sent;
  }

  /** Takes all that is due by then, in the order of each partition, as records of this time (epoch milliseconds). */
  takeDue(elapsedMs: number, timestamp: number): OutgoingBatch[] {
    return this.#partitions.flatMap((partition) => this.#takeOf(partition, elapsedMs, timestamp));
  }

  #takeOf(partition: Partition, elapsedMs: number, timestamp: number): OutgoingBatch[] {
    const { records, sent: from } = partition;
    let to = from;
    while (to < records.count && records.timestamps[to]! <= elapsedMs) to++;
    if (to === from) return [];
    partition.sent = to;
    this.#sent += to - from;
    records.timestamps.fill(timestamp, from, to);
    return [partOf(records, from, to)];
  }
}

/** Shares the memory. */
function partOf(records: OutgoingBatch, from: number, to: number): OutgoingBatch {
  return {
    ...records,
    count: to - from,
    timestamps: records.timestamps.subarray(from, to),
    keyStart: records.keyStart.subarray(from, to),
    keyEnd: records.keyEnd.subarray(from, to),
    valueStart: records.valueStart.subarray(from, to),
    valueEnd: records.valueEnd.subarray(from, to),
    headersStart: records.headersStart.subarray(from, to),
    headersEnd: records.headersEnd.subarray(from, to),
  };
}
