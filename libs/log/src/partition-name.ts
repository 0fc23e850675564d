import type { TopicPartition } from './record-batch.ts';

/** `topic/partition`, in messages and as a key. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
