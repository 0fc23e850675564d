import { listInbox } from '@tillstream/bronze-ingester';
import { openKafkaLog, type Log } from '@tillstream/log';
import { setUp } from '@tillstream/runtime';
import type { KafkaVersion, OnProgress } from '@tillstream/stack';
import { loadedFiles, openClickHouseStore, type Store } from '@tillstream/store';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from '../pipeline/data-folder.ts';
import { Fleet } from './fleet.ts';
import { Metrics } from './metrics.ts';
import { Servers, type KafkaPorts } from './servers.ts';

export type DistributedOptions = {
  readonly folder: DataFolder;
  /** Processes of each stage, or of all stages together. */
  readonly replicas: number;
  /** Whether the stages are one process, the service `standalone`. */
  readonly together?: boolean;
  readonly kafkaVersion: KafkaVersion;
  /** For a proxy before the broker. */
  readonly kafkaPorts?: KafkaPorts;
  /** More settings of every service; they outweigh those of the servers. */
  readonly env?: (servers: Servers) => Promise<Readonly<Record<string, string>>>;
  readonly onProgress: OnProgress;
  readonly onRestart?: (instance: string, outcome: number | NodeJS.Signals) => void;
};

/** Of each topic. Divides well among one, two, three, four and six workers of a stage. */
export const DISTRIBUTED_PARTITIONS = 12;
const APART = ['bronze-ingester', 'silver-normalizer', 'gold-aggregator'] as const;
const TOGETHER = ['standalone'] as const;

/** The pipeline over real servers, as on a cluster: every service a process of its own, or all stages together in one. */
export class DistributedPipeline {
  readonly servers: Servers;
  readonly log: Log;
  readonly store: Store;
  readonly fleet: Fleet;
  readonly #options: DistributedOptions;

  private constructor(
    options: DistributedOptions,
    opened: Pick<DistributedPipeline, 'servers' | 'log' | 'store'>,
    env: Readonly<Record<string, string>>,
  ) {
    const { servers, log, store } = opened;
    this.#options = options;
    this.servers = servers;
    this.log = log;
    this.store = store;
    const logFolder = join(options.folder.root, 'logs');
    mkdirSync(logFolder, { recursive: true });
    const { onRestart } = options;
    this.fleet = new Fleet({
      env: { ...environmentOf(servers), ...env },
      logFolder,
      ...(onRestart === undefined ? {} : { onRestart }),
    });
  }

  /** Starts the servers, and makes topics, tables and reference data. */
  static async open(options: DistributedOptions): Promise<DistributedPipeline> {
    const { folder, kafkaVersion: version, kafkaPorts: ports, onProgress } = options;
    const servers = await Servers.start(join(folder.root, 'servers'), { version, ports }, onProgress);
    await using opened = new AsyncDisposableStack();
    opened.defer(async () => servers.stop());
    const store = await openClickHouseStore({ url: servers.clickHouseUrl });
    opened.defer(async () => store.close());
    const log = await openKafkaLog({
      brokers: [servers.brokers],
      clientId: 'demo',
      security: { protocol: 'plaintext' },
      replicationFactor: 1,
      compression: 'none',
    });
    opened.defer(async () => log.close());
    await setUp({ log, store, partitions: DISTRIBUTED_PARTITIONS, referenceFolder: folder.reference, now: Date.now });
    const env = (await options.env?.(servers)) ?? {};
    opened.move();
    return new DistributedPipeline(options, { servers, log, store }, env);
  }

  /** Starts all stages. The first instance with bronze has the inbox. */
  start(): void {
    const { folder, replicas, together = false } = this.#options;
    const services = together ? TOGETHER : APART;
    for (let replica = 1; replica <= replicas; replica++) {
      for (const service of services) {
        const hasInbox = service === services[0] && replica === 1;
        this.fleet.start(service, `${service}-${replica}`, hasInbox ? { BRONZE_INBOX_FOLDER: folder.inbox } : {});
      }
    }
  }

  /** Whether every count file that lies in the inbox has been loaded. */
  async isInboxEmpty(): Promise<boolean> {
    const files = await listInbox(this.#options.folder.inbox);
    return new Set((await loadedFiles(this.store)).map(({ path }) => path)).size >= files.length;
  }

  async metrics(): Promise<Metrics> {
    return new Metrics(await Promise.all(this.fleet.processes.map(async (process) => process.metrics())));
  }

  /** Drains the services, then stops the servers. */
  async stop(): Promise<void> {
    await this.fleet.stop();
    await this.log.close();
    await this.store.close();
    await this.servers.stop();
  }
}

function environmentOf({ brokers, clickHouseUrl, natsAddress }: Servers): Readonly<Record<string, string>> {
  return {
    TILLSTREAM_PIPELINE: 'demo',
    KAFKA_BROKERS: brokers,
    KAFKA_COMPRESSION: 'none',
    KAFKA_REPLICATION_FACTOR: '1',
    TOPIC_PARTITIONS: String(DISTRIBUTED_PARTITIONS),
    CLICKHOUSE_URL: clickHouseUrl,
    NATS_SERVERS: natsAddress,
  };
}
