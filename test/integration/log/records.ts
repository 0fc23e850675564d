import {
  decodeHeaders,
  encodeHeaders,
  RecordBatchBuilder,
  type OutgoingBatch,
  type RecordColumns,
  type TopicPartition,
} from '@tillstream/log';

export type PlainRecord = {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
};

export function batchOf({ topic, partition }: TopicPartition, records: readonly Partial<PlainRecord>[]): OutgoingBatch {
  const builder = new RecordBatchBuilder(topic, partition);
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
  for (const { key = null, value = null, headers = {}, timestamp = 0 } of records) {
    const encoded = Object.keys(headers).length > 0 ? { headers: encodeHeaders(headers) } : {};
    builder.append({ key: bytes(key), value: bytes(value), timestamp, ...encoded });
  }
  return builder.build();
}

/** Records of now: a broker that restarts forgets a producer whose latest record is a day old, and takes it twice. */
export function valuesBatch(target: TopicPartition, values: readonly string[]): OutgoingBatch {
  const timestamp = Date.now();
  return batchOf(
    target,
    values.map((value) => ({ value, timestamp })),
  );
}

export function plainRecords(batch: RecordColumns): PlainRecord[] {
  const text = (start: number, end: number): string | null =>
    start === -1 ? null : batch.bytes.toString('utf8', start, end);
  return Array.from({ length: batch.count }, (_, index) => ({
    key: text(batch.keyStart[index]!, batch.keyEnd[index]!),
    value: text(batch.valueStart[index]!, batch.valueEnd[index]!),
    headers: Object.fromEntries(
      decodeHeaders(batch.bytes.subarray(batch.headersStart[index], batch.headersEnd[index])),
    ),
    timestamp: batch.timestamps[index]!,
  }));
}

export function valuesOf(batch: RecordColumns): (string | null)[] {
  return plainRecords(batch).map(({ value }) => value);
}
