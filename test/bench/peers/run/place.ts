import { openKafkaLog, type Log } from '@tillstream/log';
import { createTopics } from '@tillstream/runtime';
import { startClickHouse, startKafka, type ClickHouseServer, type KafkaServer } from '@tillstream/stack';
import { openClickHouseStore, type Store } from '@tillstream/store';
import { constants } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PARTITIONS } from '../input/input.ts';

export const KAFKA_VERSION = '4.1';

/** A broker and an empty ClickHouse for one run of one contender: no run sees what another one has left. */
export class Place {
  readonly folder: string;
  /** Host and port. */
  readonly brokers: string;
  readonly log: Log;
  readonly store: Store;
  readonly #kafka: KafkaServer;
  #clickHouse: ClickHouseServer;

  private constructor(
    folder: string,
    kafka: KafkaServer,
    clickHouse: ClickHouseServer,
    opened: { readonly log: Log; readonly store: Store },
  ) {
    this.folder = folder;
    this.brokers = kafka.brokers;
    this.#kafka = kafka;
    this.#clickHouse = clickHouse;
    this.log = opened.log;
    this.store = opened.store;
  }

  /** `loaded` is the folder of a stopped broker, which the one of this place starts as a copy of. */
  static async open(root: string, loaded?: string): Promise<Place> {
    const folder = await mkdtemp(join(root, 'run-'));
    await using opened = new AsyncDisposableStack();
    opened.defer(async () => rm(folder, { recursive: true, force: true }));
    const kafkaFolder = join(folder, 'kafka');
    if (loaded !== undefined) await cp(loaded, kafkaFolder, { recursive: true, mode: constants.COPYFILE_FICLONE });
    const kafka = await startKafka({ folder: kafkaFolder, version: KAFKA_VERSION });
    opened.defer(async () => kafka.kill());
    const clickHouse = await startClickHouse({ folder: join(folder, 'clickhouse') });
    opened.defer(async () => clickHouse.kill());
    const log = await openKafkaLog({
      brokers: [kafka.brokers],
      clientId: 'peers',
      security: { protocol: 'plaintext' },
      replicationFactor: 1,
      compression: 'none',
    });
    opened.defer(async () => log.close());
    const store = await openClickHouseStore({ url: clickHouse.url });
    opened.move();
    return new Place(folder, kafka, clickHouse, { log, store });
  }

  /** With the two topics of the input. */
  static async withEmptyTopics(root: string): Promise<Place> {
    const place = await Place.open(root);
    await createTopics(place.log, PARTITIONS);
    return place;
  }

  get clickHouseUrl(): string {
    return this.#clickHouse.url;
  }

  get brokerPid(): number {
    return this.#kafka.pid;
  }

  get clickHousePid(): number {
    return this.#clickHouse.pid;
  }

  /** As by a crash of the server, which comes back with its data at its address. */
  async crashClickHouse(): Promise<void> {
    await this.#clickHouse.kill();
    this.#clickHouse = await startClickHouse({ folder: join(this.folder, 'clickhouse') });
  }

  /** Nobody reads the data again, so nothing is flushed. */
  async close(): Promise<void> {
    await this.log.close();
    await this.store.close();
    await Promise.all([this.#kafka.kill(), this.#clickHouse.kill()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}
