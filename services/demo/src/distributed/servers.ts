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

/** Where a proxy stands before the broker: the port that it has, and the one that it tells clients. */
export type KafkaPorts = { readonly port: number; readonly advertisedPort: number };

/** How a server ends: in order, or as by a crash. */
export type End = 'stop' | 'kill';

/** A broker, a ClickHouse endpoint and a NATS server with their data in one folder. They end with this process. */
export class Servers {
  readonly #folder: string;
  readonly #kafkaOptions: { readonly version: KafkaVersion } & Partial<KafkaPorts>;
  #kafka: KafkaServer;
  #clickHouse: ClickHouseServer;
  #nats: NatsServer;

  private constructor(
    folder: string,
    kafka: { readonly version: KafkaVersion } & Partial<KafkaPorts>,
    started: [KafkaServer, ClickHouseServer, NatsServer],
  ) {
    this.#folder = folder;
    this.#kafkaOptions = kafka;
    [this.#kafka, this.#clickHouse, this.#nats] = started;
  }

  static async start(
    folder: string,
    kafka: { readonly version: KafkaVersion; readonly ports?: KafkaPorts | undefined },
    onProgress: OnProgress,
  ): Promise<Servers> {
    const { version, ports = {} } = kafka;
    const starts = [
      startKafka({ folder: join(folder, 'kafka'), version, ...ports, onProgress }),
      startClickHouse({ folder: join(folder, 'clickhouse') }),
      startNats({ folder: join(folder, 'nats'), onProgress }),
    ] as const;
    try {
      return new Servers(folder, { version, ...ports }, await Promise.all(starts));
    } catch (error) {
      const outcomes = await Promise.allSettled(starts);
      await Promise.all(outcomes.map(async (one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
      throw error;
    }
  }

  get brokers(): string {
    return this.#kafka.brokers;
  }

  get clickHouseUrl(): string {
    return this.#clickHouse.url;
  }

  get natsAddress(): string {
    return this.#nats.address;
  }

  /** Process ids, by the servers' names. */
  get pids(): Readonly<Record<'kafka' | 'clickhouse' | 'nats', number>> {
    return { kafka: this.#kafka.pid, clickhouse: this.#clickHouse.pid, nats: this.#nats.pid };
  }

  /** Ends the broker, leaves it away until `meanwhile` is over, and starts it again with its data, at its address. */
  async restartKafka(end: End, meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    await this.#kafka[end]();
    await meanwhile();
    this.#kafka = await startKafka({ folder: join(this.#folder, 'kafka'), ...this.#kafkaOptions });
  }

  async restartClickHouse(end: End, meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    await this.#clickHouse[end]();
    await meanwhile();
    this.#clickHouse = await startClickHouse({ folder: join(this.#folder, 'clickhouse') });
  }

  async restartNats(end: End, meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    await this.#nats[end]();
    await meanwhile();
    this.#nats = await startNats({ folder: join(this.#folder, 'nats') });
  }

  async stop(): Promise<void> {
    await Promise.all([this.#kafka.stop(), this.#clickHouse.stop(), this.#nats.stop()]);
  }
}
