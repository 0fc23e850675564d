import type { RecordColumns } from './record-batch.ts';
import { RECORD_OVERHEAD_BYTES } from './record-ranges.ts';

/** Bytes of a record as they count in a batch; -1 where a position lies outside of the batch's bytes. */
export function recordSize(source: RecordColumns, index: number): number {
  const limit = source.bytes.length;
  const key = spanLength(source.keyStart[index], source.keyEnd[index], limit);
  const value = spanLength(source.valueStart[index], source.valueEnd[index], limit);
  const headers = spanLength(source.headersStart[index], source.headersEnd[index], limit);
  return key < 0 || value < 0 || headers < 0 ? -1 : RECORD_OVERHEAD_BYTES + key + value + headers;
}

/** Zero for null; -1 where it lies outside of the first `limit` bytes. */
export function spanLength(start: number | undefined, end: number | undefined, limit: number): number {
  if (start === -1) return 0;
  return start! >= 0 && start! <= end! && end! <= limit ? end! - start! : -1;
}
