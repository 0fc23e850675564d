import {
  startClickHouse,
  startKafka,
  startNats,
  type ClickHouseServer,
  type KafkaServer,
  type KafkaVersion,
  type NatsServer,
  type OnProgress,
} from '@tillstream/stack';
import { join } from 'node:path';

export type Servers = { readonly kafka: KafkaServer; readonly clickHouse: ClickHouseServer; readonly nats: NatsServer };

/** Starts a broker, a ClickHouse endpoint and a NATS server with their data in the folder, and ends with this process. */
export async function startServers(folder: string, version: KafkaVersion, onProgress: OnProgress): Promise<Servers> {
  const started = await Promise.allSettled([
    startKafka({ folder: join(folder, `kafka-${version}`), version, onProgress }),
    startClickHouse({ folder: join(folder, 'clickhouse') }),
    startNats({ folder: join(folder, 'nats'), onProgress }),
  ]);
  const failed = started.find((outcome) => outcome.status === 'rejected');
  const [kafka, clickHouse, nats] = started.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : undefined,
  );
  if (failed !== undefined) {
    await Promise.all([kafka, clickHouse, nats].map(async (server) => server?.stop()));
    throw failed.reason;
  }
  return { kafka, clickHouse, nats } as Servers;
}

export async function stopServers({ kafka, clickHouse, nats }: Servers): Promise<void> {
  await Promise.all([kafka.stop(), clickHouse.stop(), nats.stop()]);
}
