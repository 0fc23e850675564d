import { UserError } from '@tillstream/runtime';
import { CLICKHOUSE } from './clickhouse/clickhouse.ts';
import type { Contender } from './contender.ts';
import { FLINK_SQL } from './flink-sql/flink-sql.ts';
import { KAFKA_STREAMS, KAFKA_STREAMS_TUNED } from './kafka-streams/kafka-streams.ts';
import { NAIVE } from './naive/naive.ts';
import { OURS_APART } from './ours/ours.ts';
import { SPARK_DECLARATIVE } from './spark/declarative.ts';
import { SPARK_MICRO_BATCH } from './spark/micro-batch.ts';
import { SPARK_REAL_TIME } from './spark/real-time.ts';

/** In the order of the document. Another one goes into a folder of its own beside `naive/`, and into this list. */
export const PEERS: readonly Contender[] = [
  NAIVE,
  CLICKHOUSE,
  FLINK_SQL,
  KAFKA_STREAMS,
  KAFKA_STREAMS_TUNED,
  SPARK_MICRO_BATCH,
  SPARK_REAL_TIME,
  SPARK_DECLARATIVE,
  OURS_APART,
];

/** All of them when none is named. */
export function peersNamed(names: readonly string[]): readonly Contender[] {
  const unknown = names.find((name) => PEERS.every((peer) => peer.name !== name));
  if (unknown !== undefined) {
    throw new UserError(`there is no contender ${unknown}: name some of ${PEERS.map(({ name }) => name).join(', ')}`);
  }
  return names.length === 0 ? PEERS : PEERS.filter(({ name }) => names.includes(name));
}
