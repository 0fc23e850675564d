import type { RecordColumns } from '../record-batch.ts';
import { RECORD_OVERHEAD_BYTES, type StoredRecords } from '../record-ranges.ts';
import { spanLength } from '../record-size.ts';

/**
 * A stored segment, little-endian like every machine that Node runs on, laid out for being read in place:
 *
 *     count u32, 1 if offsets are stored u32 | timestamps f64[count] | offsets f64[count], if stored
 *     | key start, key end, value start, value end, headers start, headers end: i32[count] each | bytes
 *
 * Offsets are stored where they have gaps, after a compaction; otherwise they count up from the segment's base.
 */
const HEADER_BYTES = 8;
/** Key, value, headers: the last is never null. */
const HEADERS_PART = 2;

/** One scratch memory for all segments, as SQLite copies what is bound. It grows to the largest segment. */
let scratch = new ArrayBuffer(256 * 1024);

/** The range of a batch that becomes one segment, and the sum of its records' sizes. */
export type SizedRange = { readonly from: number; readonly to: number; readonly size: number };

/**
 * The range as a segment, valid until the next call. `offsets` are given where they have gaps; what the source may
 * carry of its own (a fetched batch that is produced again) belongs to another log.
 */
export function encodeSegment(source: RecordColumns, range: SizedRange, offsets?: Float64Array): Uint8Array {
  const count = range.to - range.from;
  const layout = layoutOf(count, offsets !== undefined);
  const length = layout.bytesAt + range.size - count * RECORD_OVERHEAD_BYTES;
  if (length > scratch.byteLength) scratch = new ArrayBuffer(length);
  new Uint32Array(scratch, 0, 2).set([count, offsets === undefined ? 0 : 1]);
  new Float64Array(scratch, HEADER_BYTES, count).set(source.timestamps.subarray(range.from, range.to));
  if (offsets !== undefined) {
    new Float64Array(scratch, layout.offsetsAt, count).set(offsets.subarray(range.from, range.to));
  }
  const positions = new Int32Array(scratch, layout.positionsAt, 6 * count);
  const pieceStart = encodePositions(source, range, positions);
  const bytes = Buffer.from(scratch, layout.bytesAt, length - layout.bytesAt);
  if (pieceStart === undefined) copySpans(source, range, positions, bytes);
  else source.bytes.copy(bytes, 0, pieceStart, pieceStart + bytes.length);
  return new Uint8Array(scratch, 0, length);
}

/** Views over `data`; undefined when it is no segment of `count` records. */
export function decodeSegment(data: Uint8Array, baseOffset: number, count: number): StoredRecords | undefined {
  // Typed arrays need their alignment; SQLite's blobs come in a memory of their own, so this is for the odd caller.
  const aligned = data.byteOffset % 8 === 0 ? data : new Uint8Array(data);
  const { buffer, byteOffset, byteLength } = aligned;
  if (byteLength < HEADER_BYTES) return undefined;
  const header = new Uint32Array(buffer, byteOffset, 2);
  if (header[0] !== count || header[1]! > 1) return undefined;
  const layout = layoutOf(count, header[1] === 1);
  if (layout.bytesAt > byteLength) return undefined;
  const positions = (column: number): Int32Array =>
    new Int32Array(buffer, byteOffset + layout.positionsAt + column * count * 4, count);
  const headersEnd = positions(5);
  if (headersEnd[count - 1] !== byteLength - layout.bytesAt) return undefined;
  return {
    count,
    timestamps: new Float64Array(buffer, byteOffset + HEADER_BYTES, count),
    offsets:
      header[1] === 1 ? new Float64Array(buffer, byteOffset + layout.offsetsAt, count) : countingUp(baseOffset, count),
    keyStart: positions(0),
    keyEnd: positions(1),
    valueStart: positions(2),
    valueEnd: positions(3),
    headersStart: positions(4),
    headersEnd,
    bytes: Buffer.from(buffer, byteOffset + layout.bytesAt, byteLength - layout.bytesAt),
  };
}

function layoutOf(count: number, offsetsStored: boolean): { offsetsAt: number; positionsAt: number; bytesAt: number } {
  const offsetsAt = HEADER_BYTES + 8 * count;
  const positionsAt = offsetsAt + (offsetsStored ? 8 * count : 0);
  return { offsetsAt, positionsAt, bytesAt: positionsAt + 24 * count };
}

function countingUp(base: number, count: number): Float64Array {
  const offsets = new Float64Array(count);
  for (let index = 0; index < count; index++) offsets[index] = base + index;
  return offsets;
}

/** Null (a start of -1) takes no bytes; a column that is too short gives undefined and fails every comparison. */
/**
 * Fills the six position columns as if the spans followed each other. Mostly they already do, as a builder leaves
 * them: then the result is where that piece begins in the source's bytes.
 */
function encodePositions(source: RecordColumns, { from, to }: SizedRange, target: Int32Array): number | undefined {
  const count = to - from;
  const starts = [source.keyStart, source.valueStart, source.headersStart];
  const ends = [source.keyEnd, source.valueEnd, source.headersEnd];
  let used = 0;
  let pieceStart: number | undefined;
  let inOnePiece = true;
  for (let index = 0; index < count; index++) {
    for (let part = 0; part < 3; part++) {
      const start = starts[part]![from + index]!;
      const length = spanLength(start, ends[part]![from + index], source.bytes.length);
      const position = start < 0 && part < HEADERS_PART ? -1 : used;
      const column = 2 * part * count + index;
      target[column] = position;
      target[column + count] = position + length;
      if (length > 0) {
        pieceStart ??= start - used;
        inOnePiece &&= start - used === pieceStart;
      }
      used += length;
    }
  }
  return inOnePiece ? (pieceStart ?? 0) : undefined;
}

function copySpans(source: RecordColumns, { from, to }: SizedRange, positions: Int32Array, target: Buffer): void {
  const count = to - from;
  const starts = [source.keyStart, source.valueStart, source.headersStart];
  for (let part = 0; part < 3; part++) {
    for (let index = 0; index < count; index++) {
      const column = 2 * part * count + index;
      const start = starts[part]![from + index]!;
      const length = positions[column + count]! - positions[column]!;
      if (length > 0) source.bytes.copy(target, positions[column], start, start + length);
    }
  }
}
