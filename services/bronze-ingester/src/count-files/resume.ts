import { INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import { decodeHeaders, type Log, type RecordBatch } from '@tillstream/log';
import { fileMark, FILES_HEADER, type SentUpTo } from './count-messages.ts';

type Source = { readonly path: string; readonly etag: string; readonly row: number };
type LastSent = { readonly marks: readonly string[]; readonly mark: string; readonly row: number };

/**
 * Finds out from the log itself how far the loader got before it was stopped: the last record of each partition names
 * its file and row, and the files that were sent with it. So no file is sent twice, and no second book is kept.
 */
export async function readSentUpTo(log: Log): Promise<SentUpTo> {
  const topic = INVENTORY_SNAPSHOT_TOPIC.name;
  const ranges = await log.offsets(topic);
  const lastSent = await Promise.all(
    ranges.map(async ({ start, end }, partition) => {
      if (end === start) return undefined;
      return lastSentOf(await log.read({ topic, partition, nextOffset: end - 1 }, 1));
    }),
  );
  return (partition, mark) => {
    const last = lastSent[partition];
    if (last === undefined || !last.marks.includes(mark)) return 0;
    if (last.mark === mark) return last.row;
    return last.marks.indexOf(mark) < last.marks.indexOf(last.mark) ? Number.POSITIVE_INFINITY : 0;
  };
}

/** Undefined for a record that somebody else sent. */
function lastSentOf(batch: RecordBatch | undefined): LastSent | undefined {
  if (batch === undefined) return undefined;
  const last = batch.count - 1;
  const marks = decodeHeaders(batch.bytes.subarray(batch.headersStart[last], batch.headersEnd[last])).get(FILES_HEADER);
  if (marks === undefined) return undefined;
  const value = batch.bytes.toString('utf8', batch.valueStart[last], batch.valueEnd[last]);
  const { source } = JSON.parse(value) as { readonly source: Source };
  const mark = fileMark({ path: source.path, hash: source.etag });
  return { marks: marks.split(','), mark, row: source.row };
}
