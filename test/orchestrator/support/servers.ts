import { startClickHouse, startKafka, startNats } from '@tillstream/stack';
import { join } from 'node:path';

/** What a Pipeline says of its servers. */
export type Servers = {
  readonly kafka: { readonly brokers: readonly string[]; readonly [setting: string]: unknown };
  readonly clickhouse: { readonly url: string };
  readonly nats: object;
};

/** A broker, a ClickHouse and a NATS, empty, which stop with `open`. */
export async function startServers(folder: string, open: AsyncDisposableStack): Promise<Servers> {
  const kafka = await startKafka({ folder: join(folder, 'kafka'), version: '4.1' });
  open.defer(async () => kafka.stop());
  const clickHouse = await startClickHouse({ folder: join(folder, 'clickhouse') });
  open.defer(async () => clickHouse.stop());
  const nats = await startNats({ folder: join(folder, 'nats') });
  open.defer(async () => nats.stop());
  return {
    kafka: { brokers: [kafka.brokers], partitions: 3, replicationFactor: 1, compression: 'none' },
    clickhouse: { url: clickHouse.url },
    nats: { servers: [nats.address] },
  };
}
