import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KafkaLogOptions, type Log, openKafkaLog } from '@tillstream/log';
import { type KafkaServer, type KafkaVersion, startKafka } from '@tillstream/stack';
import { afterAll, beforeAll } from 'vitest';

/** As impatient as a broker allows. */
const TIMINGS = { sessionMs: 6_000, heartbeatMs: 300, rebalanceMs: 10_000 };

export type KafkaFixture = {
  readonly brokers: () => string;
  readonly open: (options?: Partial<KafkaLogOptions>) => Promise<Log>;
  /** Takes the broker down, by a signal that it may handle or not, and brings it back at the same address. */
  readonly restart: (how: 'stop' | 'kill') => Promise<void>;
  /** The halves of a restart. */
  readonly takeDown: () => Promise<void>;
  readonly bringBack: () => Promise<void>;
};

/** A real broker for the tests of one `describe`. */
export function kafkaFixture(version: KafkaVersion): KafkaFixture {
  const folder = mkdtempSync(join(tmpdir(), `tillstream-kafka-${version}-`));
  let server: KafkaServer;
  const start = async (): Promise<void> => {
    server = await startKafka({ folder, version });
  };
  beforeAll(start, 120_000);
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    brokers: () => server.brokers,
    open: async (options = {}) =>
      openKafkaLog({
        brokers: [server.brokers],
        clientId: 'tillstream-test',
        security: { protocol: 'plaintext' },
        replicationFactor: 1,
        compression: 'zstd',
        timings: TIMINGS,
        ...options,
      }),
    restart: async (how) => {
      await server[how]();
      await start();
    },
    takeDown: async () => server.kill(),
    bringBack: start,
  };
}
