import type { OutgoingBatch, RecordBatch } from '@tillstream/log';

export type StoredRecord = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer;
  readonly timestamp: number;
};

/** One partition's records; a record's index is its offset. */
export class StoredPartition {
  readonly topic: string;
  readonly partition: number;
  readonly records: StoredRecord[] = [];

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  append(batch: OutgoingBatch): void {
    const { bytes } = batch;
    const copy = (start: number, end: number): Buffer => Buffer.from(bytes.subarray(start, end));
    for (let index = 0; index < batch.count; index++) {
      const keyStart = batch.keyStart[index]!;
      const valueStart = batch.valueStart[index]!;
      this.records.push({
        key: keyStart < 0 ? null : copy(keyStart, batch.keyEnd[index]!),
        value: valueStart < 0 ? null : copy(valueStart, batch.valueEnd[index]!),
        headers: copy(batch.headersStart[index]!, batch.headersEnd[index]!),
        timestamp: batch.timestamps[index]!,
      });
    }
  }

  read(from: number, count: number): RecordBatch {
    return batchOf(this, this.records.slice(from, from + count), from);
  }
}

/** Not by a `RecordBatchBuilder`: its buffers are made for thousands of records, and here are eight. */
export function batchOf(
  { topic, partition }: StoredPartition,
  records: readonly StoredRecord[],
  firstOffset: number,
): RecordBatch {
  const count = records.length;
  const column = (): Int32Array => new Int32Array(count);
  const batch = {
    topic,
    partition,
    count,
    timestamps: new Float64Array(count),
    offsets: new Float64Array(count),
    nextOffset: firstOffset + count,
    keyStart: column(),
    keyEnd: column(),
    valueStart: column(),
    valueEnd: column(),
    headersStart: column(),
    headersEnd: column(),
  };
  const parts: Buffer[] = [];
  let position = 0;
  const place = (part: Buffer | null): number => {
    if (part === null) return -1;
    parts.push(part);
    position += part.length;
    return position - part.length;
  };
  for (const [index, { key, value, headers, timestamp }] of records.entries()) {
    batch.timestamps[index] = timestamp;
    batch.offsets[index] = firstOffset + index;
    batch.keyStart[index] = place(key);
    batch.keyEnd[index] = key === null ? -1 : position;
    batch.valueStart[index] = place(value);
    batch.valueEnd[index] = value === null ? -1 : position;
    batch.headersStart[index] = place(headers);
    batch.headersEnd[index] = position;
  }
  return { ...batch, bytes: Buffer.concat(parts) };
}
