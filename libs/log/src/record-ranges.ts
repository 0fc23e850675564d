import type { RecordColumns } from './record-batch.ts';

/**
 * Records with their offsets. What belongs to a record lies behind all that belongs to the one before it, and headers
 * are never null. So the bytes of any range of records are one piece, from `bytesBefore(first)` on.
 */
export type StoredRecords = RecordColumns & { readonly offsets: Float64Array };

/** The records `[from, to)`. */
export type RecordRange = { readonly records: StoredRecords; readonly from: number; readonly to: number };

/** What a record takes beside its own bytes: a timestamp and six positions. It counts towards the size of a batch. */
export const RECORD_OVERHEAD_BYTES = 8 + 6 * 4;

/** The index of the first record at or after `offset`. */
export function indexOfOffset(records: StoredRecords, offset: number): number {
  let low = 0;
  let high = records.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (records.offsets[middle]! < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The end of the longest range from `from` on that fits in `maxBytes`; it holds at least one record. */
export function endWithin(records: StoredRecords, from: number, maxBytes: number): number {
  const before = bytesBefore(records, from);
  let fits = from + 1;
  let limit = records.count;
  while (fits < limit) {
    const middle = (fits + limit + 1) >>> 1;
    const size = bytesBefore(records, middle) - before + (middle - from) * RECORD_OVERHEAD_BYTES;
    if (size <= maxBytes) fits = middle;
    else limit = middle - 1;
  }
  return fits;
}

/** Ranges, in order, as one. A single whole range is passed on as it is; anything else is copied together. */
export function joinRanges(ranges: readonly RecordRange[]): StoredRecords {
  const only = ranges.length === 1 ? ranges[0]! : undefined;
  if (only !== undefined && only.from === 0 && only.to === only.records.count) return only.records;
  let count = 0;
  let byteLength = 0;
  for (const { records, from, to } of ranges) {
    count += to - from;
    byteLength += bytesBefore(records, to) - bytesBefore(records, from);
  }
  const joined = allocate(count, byteLength);
  let at = 0;
  let bytesAt = 0;
  for (const range of ranges) {
    copyRange(range, joined, at, bytesAt);
    at += range.to - range.from;
    bytesAt = bytesBefore(joined, at);
  }
  return joined;
}

/** Where the bytes of record `index` start, which is where those of the record before it end. */
function bytesBefore(records: StoredRecords, index: number): number {
  return index === 0 ? 0 : records.headersEnd[index - 1]!;
}

/** All columns in one piece of memory: it is overwritten at once, so it is neither zeroed nor many small ones. */
function allocate(count: number, byteLength: number): StoredRecords {
  const positionsAt = 2 * 8 * count;
  const bytesAt = positionsAt + 6 * 4 * count;
  const memory = Buffer.allocUnsafeSlow(bytesAt + byteLength).buffer;
  const positions = (column: number): Int32Array => new Int32Array(memory, positionsAt + column * 4 * count, count);
  return {
    count,
    timestamps: new Float64Array(memory, 0, count),
    offsets: new Float64Array(memory, 8 * count, count),
    keyStart: positions(0),
    keyEnd: positions(1),
    valueStart: positions(2),
    valueEnd: positions(3),
    headersStart: positions(4),
    headersEnd: positions(5),
    bytes: Buffer.from(memory, bytesAt, byteLength),
  };
}

function copyRange({ records, from, to }: RecordRange, target: StoredRecords, at: number, bytesAt: number): void {
  const start = bytesBefore(records, from);
  const shift = bytesAt - start;
  records.bytes.copy(target.bytes, bytesAt, start, bytesBefore(records, to));
  for (let index = from; index < to; index++, at++) {
    target.timestamps[at] = records.timestamps[index]!;
    target.offsets[at] = records.offsets[index]!;
    target.keyStart[at] = shifted(records.keyStart[index]!, shift);
    target.keyEnd[at] = shifted(records.keyEnd[index]!, shift);
    target.valueStart[at] = shifted(records.valueStart[index]!, shift);
    target.valueEnd[at] = shifted(records.valueEnd[index]!, shift);
    target.headersStart[at] = records.headersStart[index]! + shift;
    target.headersEnd[at] = records.headersEnd[index]! + shift;
  }
}

function shifted(position: number, shift: number): number {
  return position < 0 ? position : position + shift;
}
