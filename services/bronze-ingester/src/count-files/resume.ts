import { INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import { decodeHeaders, type Log, type RecordBatch } from '@tillstream/log';
import { FILES_HEADER, shortHash, type SentUpTo } from './count-messages.ts';

type LastSent = { readonly files: readonly string[]; readonly hash: string; readonly row: number };

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
  return (partition, hash) => {
    const last = lastSent[partition];
    if (last === undefined || !last.files.includes(hash)) return 0;
    if (last.hash === hash) return last.row;
    return last.files.indexOf(hash) < last.files.indexOf(last.hash) ? Number.POSITIVE_INFINITY : 0;
  };
}

/** Undefined for a record that somebody else sent. */
function lastSentOf(batch: RecordBatch | undefined): LastSent | undefined {
  if (batch === undefined) return undefined;
  const last = batch.count - 1;
  const files = decodeHeaders(batch.bytes.subarray(batch.headersStart[last], batch.headersEnd[last])).get(FILES_HEADER);
  if (files === undefined) return undefined;
  const value = batch.bytes.toString('utf8', batch.valueStart[last], batch.valueEnd[last]);
  const { source } = JSON.parse(value) as { readonly source: { readonly etag: string; readonly row: number } };
  return { files: files.split(','), hash: shortHash(source.etag), row: source.row };
}
