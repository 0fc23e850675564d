import type { Log } from '@tillstream/log';
import type { Presence } from '@tillstream/runtime';
import { WORKER_STAGES } from '../plan/stages.ts';
import type { PartitionOffsets } from '../scaling/index.ts';
import { positionOf, type StageMeasure } from './snapshot.ts';

type ReadingLog = Pick<Log, 'offsets' | 'committed' | 'read'>;

/** Of so many partitions, those with the most waiting records, the age of the oldest record is looked at. */
const LOOKED_AT = 3;

/**
 * How far every stage has come, and how busy its pods were since the measure before. One stage after the other: the end
 * of what gold reads is no older than what silver had committed.
 */
export async function measure(
  log: ReadingLog,
  presences: readonly Presence[],
  { earlier, now }: { readonly earlier: readonly Presence[]; readonly now: number },
): Promise<ReadonlyMap<string, StageMeasure>> {
  const measures = new Map<string, StageMeasure>();
  for (const { name, topics } of WORKER_STAGES) {
    const offsets = await Promise.all(topics.map(async (topic) => offsetsOf(log, name, topic)));
    const partitions = await withAges(log, offsets.flat(), now);
    const own = presences.filter(({ service }) => service === name);
    measures.set(name, { partitions, presences: own, busyRatios: busyRatios(own, earlier) });
  }
  return measures;
}

async function offsetsOf(log: ReadingLog, group: string, topic: string): Promise<readonly PartitionOffsets[]> {
  // First what is committed: an end that is older would be passed.
  const committed = await log.committed(group, topic);
  const ranges = await log.offsets(topic);
  return ranges.map(({ start: begin, end }, partition) => ({
    topic,
    partition,
    begin,
    end,
    committed: committed[partition],
  }));
}

async function withAges(
  log: ReadingLog,
  partitions: readonly PartitionOffsets[],
  now: number,
): Promise<readonly PartitionOffsets[]> {
  const waiting = partitions.filter((one) => one.end > positionOf(one));
  const longest = waiting.toSorted((a, b) => b.end - positionOf(b) - (a.end - positionOf(a))).slice(0, LOOKED_AT);
  const ages = new Map<PartitionOffsets, number>();
  for (const one of longest) {
    const batch = await log.read({ topic: one.topic, partition: one.partition, nextOffset: positionOf(one) }, 1);
    // A till's clock may be ahead.
    if (batch !== undefined) ages.set(one, Math.max(0, now - batch.timestamps[0]!) / 1000);
  }
  return partitions.map((one) => ({ ...one, oldestWaitingSeconds: ages.get(one) }));
}

function busyRatios(presences: readonly Presence[], earlier: readonly Presence[]): readonly number[] {
  return presences.flatMap(({ instance, startedAt, at, busyMs }) => {
    const before = earlier.find((one) => one.instance === instance && one.startedAt === startedAt);
    if (before === undefined || at <= before.at) return [];
    return [Math.min(1, Math.max(0, (busyMs - before.busyMs) / (at - before.at)))];
  });
}
