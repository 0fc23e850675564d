import type { Database } from './database.ts';
import { encodeSegment } from './segment-codec.ts';
import { joinRanges, type RecordRange, type StoredRecords } from '../record-ranges.ts';
import { recordSize } from '../record-size.ts';
import type { SegmentRow, Segments } from './segments.ts';
import type { Partition } from './topic-catalog.ts';

/** Records that a partition must have gained, at least, to be worth the work. */
const MIN_GAINED_RECORDS = 50_000;
/** And how many times what the last compaction left: with 3, a record is rewritten once for three that arrive. */
const GAIN_FACTOR = 3;
/** What one step reads and writes back: some milliseconds. */
const STEP_BYTES = 1024 * 1024;

/**
 * Keeps a compacted topic within about four times its keys: once a partition has gained enough since the last time,
 * the records that have a later one of their key are dropped. Offsets stay, so readers see gaps. The last record of a key stays
 * even when its value is null: who reads from the start must learn that the key is gone.
 */
export class Compaction {
  readonly #database: Database;
  readonly #segments: Segments;
  readonly #minGainedRecords: number;
  readonly #running = new Set<Partition>();

  constructor(database: Database, segments: Segments, minGainedRecords = MIN_GAINED_RECORDS) {
    this.#database = database;
    this.#segments = segments;
    this.#minGainedRecords = minGainedRecords;
  }

  /**
   * Compacts the partition when that is due, in steps, each a transaction of its own that leaves a log as valid as
   * before; `turn` lets others run in between. Records that arrive meanwhile only make more of the old ones needless.
   */
  async runWhenDue(partition: Partition, turn: () => Promise<void>): Promise<void> {
    if (!partition.compacted || this.#running.has(partition) || !this.#isDue(partition)) return;
    this.#running.add(partition);
    try {
      const keys = new Set<string>();
      let before: number | undefined = this.#segments.range(partition).end;
      while (before !== undefined) {
        before = this.#step(partition, before, keys);
        await turn();
      }
      this.#database.run('UPDATE partition SET compacted_record_count = record_count WHERE id = ?', partition.id);
    } finally {
      this.#running.delete(partition);
    }
  }

  #isDue(partition: Partition): boolean {
    const row = this.#database.first<{ record_count: number; compacted_record_count: number }>(
      'SELECT record_count, compacted_record_count FROM partition WHERE id = ?',
      partition.id,
    )!;
    const gained = row.record_count - row.compacted_record_count;
    return gained >= Math.max(this.#minGainedRecords, GAIN_FACTOR * row.compacted_record_count);
  }

  /**
   * From the newest segments to the oldest, so that a key seen before is a key with a later record. Rewrites the
   * segments that end at or before `before`, as many as make a step, and returns where they begin.
   */
  #step(partition: Partition, before: number, keys: Set<string>): number | undefined {
    return this.#database.write(() => {
      const rows = this.#lastRows(partition, before);
      const [first] = rows;
      if (first === undefined) return undefined;
      const newestFirst: RecordRange[] = [];
      for (const row of rows.toReversed()) {
        newestFirst.push(...withoutSeenKeys(this.#segments.decode(partition, row), keys));
      }
      const stored = rows.reduce((sum, row) => sum + row.record_count, 0);
      const kept = newestFirst.reduce((sum, range) => sum + range.to - range.from, 0);
      if (kept < stored) {
        this.#replace(partition, rows, newestFirst.toReversed());
        this.#database.run(
          'UPDATE partition SET record_count = record_count - ? WHERE id = ?',
          stored - kept,
          partition.id,
        );
      }
      return first.base_offset;
    });
  }

  #lastRows(partition: Partition, before: number): SegmentRow[] {
    let bytes = 0;
    const rows = this.#database.takeWhile<SegmentRow>(
      (row) => {
        const isFirst = bytes === 0;
        bytes += row.data.byteLength;
        return isFirst || bytes <= STEP_BYTES;
      },
      `SELECT base_offset, end_offset, record_count, data FROM segment
       WHERE partition_id = ? AND end_offset <= ? ORDER BY end_offset DESC`,
      partition.id,
      before,
    );
    return rows.toReversed();
  }

  #replace(partition: Partition, rows: readonly SegmentRow[], survivors: readonly RecordRange[]): void {
    const base = rows[0]!.base_offset;
    const end = rows.at(-1)!.end_offset;
    this.#database.run(
      'DELETE FROM segment WHERE partition_id = ? AND end_offset > ? AND end_offset <= ?',
      partition.id,
      base,
      end,
    );
    if (survivors.length === 0) return;
    const records = joinRanges(survivors);
    let size = 0;
    for (let index = 0; index < records.count; index++) size += recordSize(records, index);
    const data = encodeSegment(records, { from: 0, to: records.count, size }, records.offsets);
    this.#segments.insert(partition, { base_offset: base, end_offset: end, record_count: records.count, data });
  }
}

/** The records whose key no later record has, as ranges from the last to the first; their keys are now seen. */
function withoutSeenKeys(records: StoredRecords, keys: Set<string>): RecordRange[] {
  const ranges: RecordRange[] = [];
  let to = records.count;
  for (let index = records.count - 1; index >= 0; index--) {
    const key = records.bytes.toString('latin1', records.keyStart[index], records.keyEnd[index]);
    if (!keys.has(key)) {
      keys.add(key);
      continue;
    }
    if (index + 1 < to) ranges.push({ records, from: index + 1, to });
    to = index;
  }
  if (to > 0) ranges.push({ records, from: 0, to });
  return ranges;
}
