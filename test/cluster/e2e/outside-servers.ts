import { connect } from 'node:net';
import { join } from 'node:path';
import { startClickHouse, startKafka, startNats } from '@tillstream/stack';
import { audit, type Audit, openClickHouseStore, type Store } from '@tillstream/store';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { NODE_ADDRESS } from '../node/addresses.ts';
import type { TestCluster } from './test-cluster.ts';

const PARTITIONS = 4;

/** Kafka, ClickHouse and NATS on this machine: they outlive whatever is on the cluster. */
export type OutsideServers = AsyncDisposable & {
  /** What a Pipeline says of them. */
  readonly spec: { readonly kafka: object; readonly clickhouse: object; readonly nats: object };
  /** Records in bronze, each counted once, and what the auditor found. */
  readonly look: () => Promise<Audit & { readonly bronze: number }>;
  /** Names of the tables that hold data. */
  readonly tables: () => Promise<readonly string[]>;
  /** How many records each topic has taken. */
  readonly topics: () => Promise<Readonly<Record<string, number>>>;
};

/** Starts them, and lets the cluster's pods reach them. */
export async function startOutsideServers(cluster: TestCluster, folder: string): Promise<OutsideServers> {
  await using opened = new AsyncDisposableStack();
  const kafkaOptions = { folder: join(folder, 'kafka'), version: '4.1', advertisedHost: NODE_ADDRESS } as const;
  const kafka = opened.adopt(await startKafka(kafkaOptions), async (one) => await one.stop());
  const clickHouse = opened.adopt(
    await startClickHouse({ folder: join(folder, 'clickhouse') }),
    async (one) => await one.stop(),
  );
  const nats = opened.adopt(await startNats({ folder: join(folder, 'nats') }), async (one) => await one.stop());
  const store = opened.adopt(await openClickHouseStore({ url: clickHouse.url }), async (one) => one.close());
  const admin = opened.adopt(kafkaAdmin(kafka.brokers), async (one) => await one.disconnect());
  await admin.connect();
  const reached = async (address: string): Promise<string> =>
    await cluster.reachOutside(Number(address.split(':').at(-1)));
  const spec = {
    kafka: { brokers: [await reached(kafka.brokers)], partitions: PARTITIONS, replicationFactor: 1 },
    clickhouse: { url: `http://${await reached(clickHouse.url)}` },
    nats: { servers: [await reached(nats.address)] },
  };
  const all = opened.move();
  return {
    spec,
    look: async () => ({ ...(await audit(store)), bronze: await countBronze(store) }),
    tables: async () => {
      const found = await store.query<{ name: string }>(
        "SELECT name FROM system.tables WHERE database = 'pos' AND total_rows > 0 ORDER BY name",
      );
      return found.map(({ name }) => name);
    },
    topics: async () => await recordsOfTopics(admin),
    [Symbol.asyncDispose]: async () => await all.disposeAsync(),
  };
}

/** The broker goes by the name that pods know it by, and listens on this machine. */
function kafkaAdmin(broker: string): Admin {
  const kafka = new Kafka({
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    socketFactory: ({ port, onConnect }) => connect(port, '127.0.0.1', onConnect),
  });
  return kafka.admin();
}

async function recordsOfTopics(admin: Admin): Promise<Record<string, number>> {
  const names = (await admin.listTopics()).filter((name) => !name.startsWith('__')).toSorted();
  const entries = names.map(async (name) => {
    const partitions = await admin.fetchTopicOffsets(name);
    return [name, partitions.reduce((sum, { high }) => sum + Number(high), 0)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function countBronze(store: Store): Promise<number> {
  const [row] = await store.query<{ records: string }>(`SELECT sum(records) AS records FROM (
    SELECT uniqExact(partition, offset) AS records FROM pos.raw_inventory_change
    UNION ALL SELECT uniqExact(partition, offset) FROM pos.raw_inventory_snapshot)`);
  return Number(row!.records);
}
