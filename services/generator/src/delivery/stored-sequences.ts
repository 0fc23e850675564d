import { INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import type { Log, OffsetRange, Position } from '@tillstream/log';

import { GeneratorError } from '../errors.ts';
import type { Source } from '../source.ts';
import { readSequence } from './sequence-header.ts';

const READ_BYTES = 1024 * 1024;
const WINDOW_GROWTH = 16;

/** Topics that the loader of count files writes too: records of other makers are nothing odd there. */
const SHARED_TOPICS: ReadonlySet<string> = new Set([INVENTORY_SNAPSHOT_TOPIC.name]);

/**
 * Per topic and partition the sequence of the last record of `source` that the log holds, -1 where it holds none.
 *
 * A partition takes the records of a source in the order of their sequence, and an append that fails leaves a prefix.
 * So everything up to that sequence is stored and everything after it is not, on any log and after any crash.
 */
export async function storedSequences(log: Log, source: Source): Promise<ReadonlyMap<string, readonly number[]>> {
  const stored = new Map<string, readonly number[]>();
  for (const topic of source.topics) {
    const ranges = await log.offsets(topic);
    stored.set(
      topic,
      await Promise.all(ranges.map((range, partition) => lastSequence(log, source, { topic, partition, range }))),
    );
  }
  return stored;
}

type Partition = { readonly topic: string; readonly partition: number; readonly range: OffsetRange };

/** Mostly the last record answers. Records sent again from quarantine carry no source and are looked past. */
async function lastSequence(log: Log, source: Source, partition: Partition): Promise<number> {
  const { start, end } = partition.range;
  for (let window = 1, to = end; to > start; window *= WINDOW_GROWTH) {
    const from = Math.max(start, to - window);
    const sequence = await lastSequenceBetween(log, source, { partition, from, to });
    if (sequence !== undefined) return sequence;
    to = from;
  }
  if (end > start && !SHARED_TOPICS.has(partition.topic)) throw foreign(partition, 'records that name no source');
  return -1;
}

type Window = { readonly partition: Partition; readonly from: number; readonly to: number };

async function lastSequenceBetween(log: Log, source: Source, window: Window): Promise<number | undefined> {
  const { topic, partition } = window.partition;
  let last: number | undefined;
  for (let nextOffset = window.from; nextOffset < window.to;) {
    const position: Position = { topic, partition, nextOffset };
    const batch = await log.read(position, READ_BYTES);
    if (batch === undefined) break;
    for (let index = 0; index < batch.count && batch.offsets[index]! < window.to; index++) {
      const found = readSequence(batch, index);
      if (found?.sourceId === source.id) last = found.sequence;
      else if (found !== undefined && !SHARED_TOPICS.has(topic))
        throw foreign(window.partition, `records of ${found.sourceId}`);
    }
    nextOffset = batch.nextOffset;
  }
  return last;
}

function foreign({ topic, partition }: Partition, what: string): GeneratorError {
  return new GeneratorError(
    `${topic}, partition ${partition}, holds ${what}: made by another source or with other options; use an empty log`,
  );
}
