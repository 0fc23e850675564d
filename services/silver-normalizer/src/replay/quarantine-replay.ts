import {
  INVENTORY_CHANGE_TOPIC,
  QUARANTINE,
  REFERENCE_RULES,
  RowBinaryReader,
  RowBinaryWriter,
  type Reference,
} from '@tillstream/inventory';
import { encodeHeaders, partitionName, RecordBatchBuilder, type Log, type TopicPartition } from '@tillstream/log';
import type { Store, TableBlock } from '@tillstream/store';

/** A record of `quarantine` that waits for reference data. */
type WaitingRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly rules: readonly string[];
  readonly timestamp: number;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly quarantinedAt: number;
};

/** Waiting records taken at once: with at most 1 MiB each they stay within memory, and mostly they are small. */
const MAX_RECORDS_PER_ROUND = 500;

export type ReplayOptions = {
  readonly store: Store;
  readonly log: Log;
  readonly reference: Reference;
  /** Where the records came from: others are left to the workers that have their partitions. */
  readonly partitions: readonly TopicPartition[];
  /** Epoch milliseconds. */
  readonly now: number;
};

/**
 * Sends records again that were quarantined for an unknown store or change type which is known by now: byte for byte,
 * to the partition they came from, as new records with a new timestamp no earlier than their own. Then notes when.
 * Stopped in between it sends some of them twice, and the copies are dropped as duplicates. Returns how many.
 */
export async function replayQuarantine(options: ReplayOptions): Promise<number> {
  const { store, log, reference, partitions, now } = options;
  let replayed = 0;
  let after: Pick<WaitingRecord, 'topic' | 'partition' | 'offset'> = { topic: '', partition: 0, offset: -1 };
  for (;;) {
    const waiting = await readWaiting(store, partitions, after);
    if (waiting.length === 0) return replayed;
    after = waiting.at(-1)!;
    const ready = waiting.filter((record) => isKnown(record, reference));
    if (ready.length === 0) continue;
    await log.produce(toBatches(ready, now));
    await store.insert(replayedBlock(ready, now));
    replayed += ready.length;
  }
}

function isKnown(record: WaitingRecord, reference: Reference): boolean {
  const document = JSON.parse(record.value.toString('utf8')) as { store_id: number; change_type_id?: number };
  if (!reference.storeNames.has(document.store_id)) return false;
  return record.topic !== INVENTORY_CHANGE_TOPIC.name || reference.changeTypes.has(document.change_type_id!);
}

async function readWaiting(
  store: Store,
  partitions: readonly TopicPartition[],
  after: Pick<WaitingRecord, 'topic' | 'partition' | 'offset'>,
): Promise<readonly WaitingRecord[]> {
  const rows = await store.queryRowBinary(
    `SELECT source_topic, source_partition, source_offset, rules, record_timestamp, key, value, quarantined_at
     FROM pos.quarantine
     WHERE notEmpty(rules) AND hasAll({referenceRules:Array(String)}, rules) AND isNull(replayed_at)
       AND concat(source_topic, '/', toString(source_partition)) IN {places:Array(String)}
       AND (source_topic, source_partition, source_offset) > ({topic:String}, {partition:UInt16}, {offset:Int64})
     ORDER BY source_topic, source_partition, source_offset LIMIT {limit:UInt32}`,
    {
      referenceRules: REFERENCE_RULES,
      places: partitions.map(partitionName),
      topic: after.topic,
      partition: after.partition,
      offset: after.offset,
      limit: MAX_RECORDS_PER_ROUND,
    },
  );
  const reader = new RowBinaryReader(rows);
  const waiting: WaitingRecord[] = [];
  while (!reader.atEnd) {
    waiting.push({
      topic: reader.string(),
      partition: reader.uint16(),
      offset: reader.uint64(),
      rules: Array.from({ length: reader.varint() }, () => reader.string()),
      timestamp: reader.int64(),
      key: bytesOf(reader),
      value: bytesOf(reader),
      quarantinedAt: reader.int64(),
    });
  }
  return waiting;
}

function bytesOf(reader: RowBinaryReader): Buffer {
  const start = reader.skipString();
  return reader.bytes.subarray(start, reader.position);
}

function toBatches(records: readonly WaitingRecord[], now: number): ReturnType<RecordBatchBuilder['build']>[] {
  const batches = new Map<string, RecordBatchBuilder>();
  for (const { topic, partition, offset, timestamp, key, value } of records) {
    const place = `${topic}/${partition}`;
    const batch = batches.get(place) ?? new RecordBatchBuilder(topic, partition);
    batches.set(place, batch);
    const headers = encodeHeaders({ 'replay-of': `${place}@${offset}` });
    // The 24 h rule looks at the record's timestamp: what was not in the future then is not now.
    batch.append({ key, value, headers, timestamp: Math.max(now, timestamp) });
  }
  return [...batches.values()].map((batch) => batch.build());
}

/** The same rows of `quarantine`, in the order of the declared columns, with `replayed_at`; their revision is greater. */
function replayedBlock(records: readonly WaitingRecord[], now: number): TableBlock {
  const writer = new RowBinaryWriter();
  for (const record of records) {
    writer.string(record.topic);
    writer.uint16(record.partition);
    writer.uint64(record.offset);
    writer.string('');
    writer.uint32(0);
    writer.stringArray(record.rules);
    writer.uint32Array([]);
    writer.dateTime64(record.timestamp);
    writer.stringFrom(record.key, 0, record.key.length);
    writer.stringFrom(record.value, 0, record.value.length);
    writer.dateTime64(record.quarantinedAt);
    writer.nullableDateTime64(now);
    writer.uint8(1);
    writer.endRow();
  }
  return { table: QUARANTINE, rows: writer.rows, bytes: writer.bytes() };
}
