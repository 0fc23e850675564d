import { LogError } from '../log-error.ts';
import type { Position, RecordBatch } from '../record-batch.ts';
import { endWithin, joinRanges } from '../record-ranges.ts';
import type { KafkaConnection } from './connection.ts';
import { offsetRanges } from './kafka-topics.ts';
import { offsetRefusal } from './offset-refusal.ts';
import { fetchFrom } from './protocol/fetch.ts';
import { protocolError } from './protocol/kafkajs-internals.ts';
import { readRecordBatches } from './protocol/record-batch-reader.ts';

const MAX_WAIT_MS = 50;
const LEADER_NOT_AVAILABLE = 5;
const OFFSET_OUT_OF_RANGE = 1;

/**
 * One batch, outside any group. Undefined only when the leader says that the partition has no record behind the
 * position: an answer without records alone may also be a slow one, or hold nothing but control records.
 */
export async function readAt(
  connection: KafkaConnection,
  from: Position,
  maxBytes: number,
): Promise<RecordBatch | undefined> {
  const { topic, partition } = from;
  const { length } = await connection.partitions(topic);
  if (partition >= length) {
    throw new LogError('unknown_topic', `topic ${topic} has partitions 0 to ${length - 1}, not ${partition}`);
  }
  const leader = connection.leaderOf(from);
  if (leader === undefined) throw protocolError(LEADER_NOT_AVAILABLE)!;
  const broker = await connection.broker(leader);
  for (let offset = from.nextOffset; ;) {
    const ranges = [{ topic, partition, offset, maxBytes }];
    const [answer] = await connection.exchange(broker, async () =>
      fetchFrom(broker, ranges, { maxBytes, maxWaitMs: MAX_WAIT_MS }),
    );
    if (answer!.errorCode === OFFSET_OUT_OF_RANGE) {
      offset = await firstKept(connection, { topic, partition, nextOffset: offset });
      continue;
    }
    const error = protocolError(answer!.errorCode);
    if (error !== undefined) throw error;
    const fetched = readRecordBatches(answer!.records, offset, answer!.aborted);
    if (fetched.records.count > 0) return firstBatch(fetched, from, maxBytes);
    offset = fetched.nextOffset;
    if (offset >= answer!.lastStableOffset) return undefined;
  }
}

/** The first record at or after the position is the first kept one; behind the end there is none. */
async function firstKept(connection: KafkaConnection, position: Position): Promise<number> {
  const { start, end } = (await offsetRanges(connection, position.topic))[position.partition]!;
  if (position.nextOffset < 0 || position.nextOffset > end) throw await offsetRefusal(connection, position);
  return start;
}

function firstBatch(
  { records, nextOffset }: ReturnType<typeof readRecordBatches>,
  { topic, partition }: Position,
  maxBytes: number,
): RecordBatch {
  const to = endWithin(records, 0, maxBytes);
  const isWhole = to === records.count;
  return {
    ...joinRanges([{ records, from: 0, to }]),
    topic,
    partition,
    nextOffset: isWhole ? nextOffset : records.offsets[to - 1]! + 1,
  };
}
