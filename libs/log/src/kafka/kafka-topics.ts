import { LogError } from '../log-error.ts';
import type { OffsetRange, TopicSpec } from '../port.ts';
import type { TopicPartition } from '../record-batch.ts';
import type { KafkaConnection } from './connection.ts';
import { protocolErrorType } from './kafka-error.ts';
import { READ_COMMITTED } from './protocol/fetch.ts';
import { protocolError } from './protocol/kafkajs-internals.ts';

const CREATE_MS = 30_000;
const LEADER_NOT_AVAILABLE = 5;
const EARLIEST = -2;
const LATEST = -1;

/** A record of 1 MiB with its key, headers and frame, and what compression may add. */
const MAX_MESSAGE_BYTES = 1024 * 1024 + 64 * 1024;
const NO_LIMIT = '9223372036854775807';

/** Creates what is missing; throws before that when a topic is there with another partition count. */
export async function createTopics(
  connection: KafkaConnection,
  topics: readonly TopicSpec[],
  replicationFactor: number,
): Promise<void> {
  const counts = await Promise.all(topics.map(async ({ name }) => connection.partitionCount(name)));
  topics.forEach((topic, index) => requireCount(topic, counts[index]));
  for (const topic of topics.filter((_, index) => counts[index] === undefined)) {
    await createTopic(connection, topic, replicationFactor);
  }
}

async function createTopic(connection: KafkaConnection, topic: TopicSpec, replicationFactor: number): Promise<void> {
  const broker = await connection.controller();
  const request = {
    topic: topic.name,
    numPartitions: topic.partitions,
    replicationFactor,
    configEntries: Object.entries(topicConfig(topic, replicationFactor)).map(([name, value]) => ({ name, value })),
  };
  try {
    await connection.exchange(broker, async () => broker.createTopics({ topics: [request], timeout: CREATE_MS / 3 }));
  } catch (error) {
    // Another process was faster; what it made is looked at below.
    if (protocolErrorType(error) !== 'TOPIC_ALREADY_EXISTS') throw error;
  }
  await connection.retrying(
    async () => {
      const count = await connection.partitionCount(topic.name);
      requireCount(topic, count);
      // The broker that was asked may not have heard of it yet.
      for (let partition = 0; partition < (count ?? 1); partition++) {
        const leader = count === undefined ? undefined : connection.leaderOf({ topic: topic.name, partition });
        if (leader === undefined) throw protocolError(LEADER_NOT_AVAILABLE)!;
      }
    },
    { forMs: CREATE_MS },
  );
}

function topicConfig({ cleanup }: TopicSpec, replicationFactor: number): Readonly<Record<string, string>> {
  return {
    'cleanup.policy': cleanup,
    'max.message.bytes': String(MAX_MESSAGE_BYTES),
    // What is acknowledged survives the loss of a broker, and one broker may be away for maintenance.
    'min.insync.replicas': String(replicationFactor >= 3 ? 2 : 1),
    // Kafka 4 refuses records from more than an hour ahead; judging a till's clock is silver's task.
    'message.timestamp.after.max.ms': NO_LIMIT,
  };
}

function requireCount({ name, partitions }: TopicSpec, existing: number | undefined): void {
  if (existing === undefined || existing === partitions) return;
  throw new LogError(
    'partition_mismatch',
    `topic ${name} has ${existing} partitions, not ${partitions}, and keys would change their partition: ` +
      'keep the old count, or use another topic',
  );
}

/** First kept offset and end, by partition number. */
export async function offsetRanges(connection: KafkaConnection, topic: string): Promise<readonly OffsetRange[]> {
  const partitions = await connection.partitions(topic);
  const [starts, ends] = await Promise.all([
    listOffsets(connection, partitions, EARLIEST),
    listOffsets(connection, partitions, LATEST),
  ]);
  return partitions.map((_, index) => ({ start: starts[index]!, end: ends[index]! }));
}

/** First kept offsets, in the order of `partitions`. */
export async function firstOffsets(
  connection: KafkaConnection,
  partitions: readonly TopicPartition[],
): Promise<readonly number[]> {
  return listOffsets(connection, partitions, EARLIEST);
}

async function listOffsets(
  connection: KafkaConnection,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<readonly number[]> {
  const byLeader = Map.groupBy(partitions, (one) => connection.leaderOf(one));
  const found = new Map<string, number>();
  for (const [leader, ofLeader] of byLeader) {
    if (leader === undefined) throw protocolError(LEADER_NOT_AVAILABLE)!;
    const broker = await connection.broker(leader);
    const topics = Array.from(
      Map.groupBy(ofLeader, ({ topic }) => topic),
      ([topic, ofTopic]) => ({ topic, partitions: ofTopic.map(({ partition }) => ({ partition, timestamp })) }),
    );
    const { responses } = await connection.exchange(broker, async () =>
      broker.listOffsets({ isolationLevel: READ_COMMITTED, topics }),
    );
    for (const { topic, partitions: answers } of responses) {
      for (const { partition, offset } of answers) found.set(`${topic}/${partition}`, Number(offset));
    }
  }
  return partitions.map(({ topic, partition }) => found.get(`${topic}/${partition}`)!);
}

/** Committed next offsets in the order of `partitions`; undefined where the group has committed nothing. */
export async function committedOffsets(
  connection: KafkaConnection,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<readonly (number | undefined)[]> {
  const broker = await connection.coordinator(group);
  const topics = Array.from(
    Map.groupBy(partitions, ({ topic }) => topic),
    ([topic, ofTopic]) => ({ topic, partitions: ofTopic.map(({ partition }) => ({ partition })) }),
  );
  const { responses } = await connection.exchange(broker, async () => broker.offsetFetch({ groupId: group, topics }));
  const found = new Map<string, number>();
  for (const { topic, partitions: answers } of responses) {
    for (const { partition, offset } of answers) found.set(`${topic}/${partition}`, Number(offset));
  }
  return partitions.map(({ topic, partition }) => {
    const offset = found.get(`${topic}/${partition}`) ?? -1;
    return offset < 0 ? undefined : offset;
  });
}
