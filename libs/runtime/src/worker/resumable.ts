import type { Log, TopicPartition } from '@tillstream/log';
import { UserError } from '../errors.ts';

/**
 * Refuses to go on where records are missing: a reset to what is left would lose them in silence.
 * Throws when the group's position lies before the first kept record or behind the end of the partition.
 */
export async function checkResumable(log: Log, group: string, partitions: readonly TopicPartition[]): Promise<void> {
  for (const topic of new Set(partitions.map((one) => one.topic))) {
    const [ranges, committed] = await Promise.all([log.offsets(topic), log.committed(group, topic)]);
    for (const { partition } of partitions.filter((one) => one.topic === topic)) {
      const { start, end } = ranges[partition]!;
      const position = committed[partition] ?? 0;
      const place = `${topic}/${partition}`;
      if (position < start) {
        throw new UserError(
          `${start - position} records of ${place} were removed before ${group} read them (it is at ${position}, the ` +
            `first kept is ${start}): send again what bronze has of them, or accept the gap by a reset of its offsets; and keep records for longer`,
        );
      }
      if (position > end) {
        throw new UserError(
          `${group} is at ${position} of ${place}, which ends at ${end}: the topic was created anew; raise the era ` +
            'and run a full refresh',
        );
      }
    }
  }
}
