import { join } from 'node:path';
import { clickHouseAnswers, startClickHouse } from '../clickhouse/clickhouse-server.ts';
import { prepareKafka, startKafka } from '../kafka/kafka-server.ts';
import type { KafkaVersion } from '../kafka/kafka-jars.ts';
import { kafkaAnswers } from '../kafka/kafka-probe.ts';
import { natsBinary } from '../nats/nats-binary.ts';
import { natsAnswers, startNats } from '../nats/nats-server.ts';
import type { Server } from '../process/server-process.ts';
import type { OnProgress } from '../progress.ts';
import { prometheusBinary } from '../prometheus/prometheus-binary.ts';
import { prometheusAnswers, startPrometheus } from '../prometheus/prometheus-server.ts';

export type MemberName = 'kafka' | 'nats' | 'clickhouse' | 'prometheus';

export type MemberOptions = { readonly data: string; readonly kafka: KafkaVersion; readonly onProgress: OnProgress };

type Member = {
  /** Downloads and builds what is missing, before anything is started. */
  readonly prepare: (options: MemberOptions) => Promise<unknown>;
  readonly start: (options: MemberOptions) => Promise<{ readonly server: Server; readonly address: string }>;
  readonly answers: (port: number) => Promise<boolean>;
};

/** In the order they start. Each at the port that its clients try first, when that is free. */
export const MEMBERS: Readonly<Record<MemberName, Member>> = {
  kafka: {
    prepare: async ({ kafka, onProgress }) => await prepareKafka(kafka, onProgress),
    start: async ({ data, kafka, onProgress }) => {
      // The two versions would not read each other's data.
      const folder = join(data, `kafka-${kafka}`);
      const server = await startKafka({ folder, version: kafka, port: 9092, detached: true, onProgress });
      return { server, address: server.brokers };
    },
    answers: kafkaAnswers,
  },
  nats: {
    prepare: async ({ onProgress }) => await natsBinary(onProgress),
    start: async ({ data, onProgress }) => {
      const server = await startNats({ folder: join(data, 'nats'), port: 4222, detached: true, onProgress });
      return { server, address: server.address };
    },
    answers: natsAnswers,
  },
  clickhouse: {
    prepare: async () => {},
    start: async ({ data }) => {
      const server = await startClickHouse({ folder: join(data, 'clickhouse'), port: 8123, detached: true });
      return { server, address: server.url };
    },
    answers: clickHouseAnswers,
  },
  prometheus: {
    prepare: async ({ onProgress }) => await prometheusBinary(onProgress),
    start: async ({ data, onProgress }) => {
      const folder = prometheusFolder(data);
      const server = await startPrometheus({ folder, port: 9090, scrape: [], detached: true, onProgress });
      return { server, address: server.url };
    },
    answers: prometheusAnswers,
  },
};

export const MEMBER_NAMES = Object.keys(MEMBERS) as readonly MemberName[];

export function prometheusFolder(data: string): string {
  return join(data, 'prometheus');
}

export async function memberAnswers(name: MemberName, address: string): Promise<boolean> {
  return await MEMBERS[name].answers(Number(address.slice(address.lastIndexOf(':') + 1)));
}
