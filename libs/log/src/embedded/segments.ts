import { LogError } from '../log-error.ts';
import type { OffsetRange } from '../port.ts';
import type { OutgoingBatch, RecordBatch } from '../record-batch.ts';
import type { Database } from './database.ts';
import { decodeSegment, encodeSegment, type SizedRange } from './segment-codec.ts';
import { endWithin, indexOfOffset, joinRanges, type RecordRange, type StoredRecords } from '../record-ranges.ts';
import { recordSize } from '../record-size.ts';
import type { Partition } from './topic-catalog.ts';

/** A larger batch is stored as several segments, so that a small read of it need not load all of it. */
const MAX_SEGMENT_BYTES = 1024 * 1024;
/** Tiny segments cost about 10 microseconds each to join: a read ends here to let others run. */
const MAX_SEGMENTS_IN_BATCH = 512;

export type SegmentRow = {
  readonly base_offset: number;
  readonly end_offset: number;
  readonly record_count: number;
  readonly data: Uint8Array;
};

/** The records of the partitions: one row for each produced batch, found by the offset where it ends. */
export class Segments {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  range(partition: Partition): OffsetRange {
    const row = this.#database.first<{ start_offset: number; end_offset: number }>(
      'SELECT start_offset, end_offset FROM partition WHERE id = ?',
      partition.id,
    )!;
    return { start: row.start_offset, end: row.end_offset };
  }

  /** Part of a transaction of the caller. */
  append(partition: Partition, batch: OutgoingBatch): void {
    let { end } = this.range(partition);
    for (let from = 0; from < batch.count;) {
      const range = nextRange(batch, partition, from);
      const count = range.to - range.from;
      const data = encodeSegment(batch, range);
      this.insert(partition, { base_offset: end, end_offset: end + count, record_count: count, data });
      end += count;
      from = range.to;
    }
    this.#database.run(
      'UPDATE partition SET end_offset = ?, record_count = record_count + ? WHERE id = ?',
      end,
      batch.count,
      partition.id,
    );
  }

  insert(partition: Partition, row: SegmentRow): void {
    this.#database.run(
      `INSERT INTO segment (partition_id, base_offset, end_offset, record_count, byte_length, data)
       VALUES (?, ?, ?, ?, ?, ?)`,
      partition.id,
      row.base_offset,
      row.end_offset,
      row.record_count,
      row.data.byteLength,
      row.data,
    );
  }

  /**
   * The records from `offset` on that fit in `maxBytes`, small segments joined, a large one cut; undefined at the
   * end. Below the first kept record it begins with that one.
   */
  read(partition: Partition, offset: number, maxBytes: number): RecordBatch | undefined {
    return this.#database.snapshot(() => {
      const { start, end } = this.range(partition);
      if (!Number.isInteger(offset) || offset < 0 || offset > end) throw outOfRange(partition, offset, end);
      let from = Math.max(offset, start);
      while (from < end) {
        const rows = this.#load(partition, from, maxBytes);
        const last = rows.at(-1);
        if (last === undefined) return undefined;
        const batch = this.#batch(partition, rows, from, maxBytes);
        if (batch !== undefined) return batch;
        // What is left of a compacted segment may lie before `from`.
        from = last.end_offset;
      }
      return undefined;
    });
  }

  /** Forgets the records before `offset`, as retention would. */
  trim(partition: Partition, offset: number): void {
    this.#database.write(() => {
      const { start, end } = this.range(partition);
      if (!Number.isInteger(offset) || offset < 0 || offset > end) throw outOfRange(partition, offset, end);
      this.#database.run('DELETE FROM segment WHERE partition_id = ? AND end_offset <= ?', partition.id, offset);
      this.#database.run(
        `UPDATE partition SET start_offset = ?,
           record_count = (SELECT coalesce(sum(record_count), 0) FROM segment WHERE partition_id = partition.id)
         WHERE id = ?`,
        Math.max(start, offset),
        partition.id,
      );
    });
  }

  decode(partition: Partition, row: SegmentRow): StoredRecords {
    const records = decodeSegment(row.data, row.base_offset, row.record_count);
    if (records !== undefined) return records;
    throw new LogError(
      'corrupt',
      `the log ${this.#database.path} is damaged: records ${row.base_offset} to ${row.end_offset - 1} of ` +
        `${partition.topic}/${partition.partition} cannot be read; begin with a new data folder, or restore a copy`,
    );
  }

  #load(partition: Partition, from: number, maxBytes: number): SegmentRow[] {
    // The sizes come from the index alone, so that no segment is read that does not fit any more.
    let bytes = 0;
    const fitting = this.#database.takeWhile<{ end_offset: number; byte_length: number }>(
      (row) => {
        const isFirst = bytes === 0;
        bytes += row.byte_length;
        return isFirst || bytes <= maxBytes;
      },
      `SELECT end_offset, byte_length FROM segment WHERE partition_id = ? AND end_offset > ?
       ORDER BY end_offset LIMIT ?`,
      partition.id,
      from,
      MAX_SEGMENTS_IN_BATCH,
    );
    const last = fitting.at(-1);
    if (last === undefined) return [];
    return this.#database.all<SegmentRow>(
      `SELECT base_offset, end_offset, record_count, data FROM segment
       WHERE partition_id = ? AND end_offset > ? AND end_offset <= ? ORDER BY end_offset`,
      partition.id,
      from,
      last.end_offset,
    );
  }

  #batch(partition: Partition, rows: readonly SegmentRow[], from: number, maxBytes: number): RecordBatch | undefined {
    const ranges: RecordRange[] = [];
    for (const row of rows) {
      const records = this.decode(partition, row);
      const first = indexOfOffset(records, from);
      if (first < records.count) ranges.push({ records, from: first, to: records.count });
    }
    let nextOffset = rows.at(-1)!.end_offset;
    const [only] = ranges;
    if (only === undefined) return undefined;
    if (ranges.length === 1) {
      const to = endWithin(only.records, only.from, maxBytes);
      if (to < only.to) nextOffset = only.records.offsets[to - 1]! + 1;
      ranges[0] = { ...only, to };
    }
    return { topic: partition.topic, partition: partition.partition, nextOffset, ...joinRanges(ranges) };
  }
}

/** As many records of the batch as make one segment; throws where the batch contradicts itself. */
function nextRange(batch: OutgoingBatch, partition: Partition, from: number): SizedRange {
  let size = 0;
  let to = from;
  while (to < batch.count) {
    const recordBytes = recordSize(batch, to);
    if (recordBytes < 0) throw invalid(partition, to, 'has positions outside of the bytes of its batch');
    if (partition.compacted && batch.keyStart[to] === -1)
      throw invalid(partition, to, 'needs a key to be compacted by');
    if (size + recordBytes > MAX_SEGMENT_BYTES && to > from) break;
    size += recordBytes;
    to++;
  }
  return { from, to, size };
}

function invalid({ topic, partition }: Partition, index: number, what: string): LogError {
  return new LogError(
    'invalid_batch',
    `record ${index} of a batch for ${topic}/${partition} ${what}: correct the producer`,
  );
}

function outOfRange({ topic, partition }: Partition, offset: number, end: number): LogError {
  return new LogError(
    'offset_out_of_range',
    `${topic}/${partition} ends at ${end}, there is no offset ${offset}: ` +
      'the log was replaced, or the position belongs to another one; begin again from an offset that exists',
  );
}
