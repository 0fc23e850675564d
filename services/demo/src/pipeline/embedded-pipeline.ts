import { createBronze, type BronzeService } from '@tillstream/bronze-ingester';
import { createGold, goldConfig } from '@tillstream/gold-aggregator';
import { openEmbeddedLog, type Log } from '@tillstream/log';
import {
  controlWorker,
  createLogger,
  EventLog,
  lineageEvents,
  loadReferenceData,
  parseConfig,
  setUp,
  Telemetry,
  VERSION,
  type Service,
  type ServicePorts,
  type Task,
  type Worker,
} from '@tillstream/runtime';
import { EmbeddedSignal, type Signal } from '@tillstream/signal';
import { createSilver, silverConfig, type SilverService, type SilverStage } from '@tillstream/silver-normalizer';
import { openEmbeddedStore, type Store } from '@tillstream/store';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { PARTITIONS } from './flow.ts';

const PIPELINE = 'demo';
const EVENTS_EVERY_MS = 10_000;
/** Of each service there is one, in this process. */
const IDENTITY = { instance: 'embedded', version: VERSION };

const settingsSchema = z.object({ ...silverConfig.shape, ...goldConfig.shape });

/** Settings of the stages, from the environment. */
export type PipelineSettings = z.output<typeof settingsSchema>;

export function readSettings(env: Readonly<Record<string, string | undefined>>): PipelineSettings {
  return parseConfig(settingsSchema, env);
}

type Services = { readonly bronze: BronzeService; readonly silver: SilverService; readonly gold: Service };

/** The whole pipeline in one process: the same services as on a cluster, over the embedded log, store and signal. */
export class EmbeddedPipeline {
  readonly log: Log;
  readonly store: Store;
  readonly signal: Signal;
  readonly telemetry: Telemetry;
  readonly workers: readonly Worker[];
  readonly #folder: DataFolder;
  readonly #services: Services;
  readonly #tasks: readonly Task[];
  readonly #uncontrol: readonly (() => void)[];
  #running: Promise<unknown> = Promise.resolve();

  private constructor(folder: DataFolder, ports: ServicePorts, services: Services, events: EventLog) {
    this.#folder = folder;
    this.#services = services;
    ({ log: this.log, store: this.store, signal: this.signal, telemetry: this.telemetry } = ports);
    const all = [services.bronze, services.silver, services.gold];
    this.workers = all.map(({ worker }) => worker);
    this.#tasks = [...all.flatMap(({ tasks }) => tasks), events];
    this.#uncontrol = all.map((service) => controlWorker({ ...ports, ...IDENTITY, ...service }));
  }

  /** Opens the folder's log and store, brings topics and tables up to date, and loads the reference data. */
  static async open(
    folder: DataFolder,
    settings: PipelineSettings = readSettings(process.env),
  ): Promise<EmbeddedPipeline> {
    const store = await openEmbeddedStore({ path: folder.storeFolder, temporaryPath: folder.temporaryFolder });
    let log: Log | undefined;
    try {
      log = await openEmbeddedLog({ path: folder.logFile });
      const ports = portsOver(log, store, join(folder.root, 'pipeline.log'));
      await setUp({ ...ports, partitions: PARTITIONS, referenceFolder: folder.reference });
      const bronze = createBronze(ports, { inbox: folder.inbox });
      const services = { bronze, silver: await createSilver(ports, settings), gold: await createGold(ports, settings) };
      const events = new EventLog({ ...ports, everyMs: EVENTS_EVERY_MS });
      await events.record(...lineageEvents());
      return new EmbeddedPipeline(folder, ports, services, events);
    } catch (error) {
      await log?.close();
      await store.close();
      throw error;
    }
  }

  get silver(): SilverStage {
    return this.#services.silver.stage;
  }

  /** Whether every count file that lies in the inbox has been loaded. */
  async isInboxEmpty(): Promise<boolean> {
    return this.#services.bronze.loader!.isIdle();
  }

  /** Loads the reference data again while everything runs, and sends the records again that waited for it. */
  async reloadReference(): Promise<number> {
    await loadReferenceData(this.store, this.#folder.reference, Date.now());
    return this.#services.silver.upkeep.check();
  }

  /** Bytes of state that the stages hold in memory. */
  stateBytes(): number {
    return this.workers.reduce((sum, worker) => sum + worker.stateBytes(), 0);
  }

  /** Starts all workers; `failed` rejects as soon as one of them fails. */
  start(): { readonly failed: Promise<never> } {
    const runs = [...this.workers, ...this.#tasks].map(async (one) => one.run());
    this.#running = Promise.allSettled(runs);
    const failed = Promise.all(runs).then(async () => new Promise<never>(() => undefined));
    // Whoever waits for something else meanwhile must not die of it.
    failed.catch(() => undefined);
    return { failed };
  }

  /** Finishes what the workers have in hand, then closes log and store. */
  async stop(): Promise<void> {
    for (const one of [...this.workers, ...this.#tasks]) one.stop();
    await this.#running;
    for (const uncontrol of this.#uncontrol) uncontrol();
    await this.signal.close();
    await this.log.close();
    await this.store.close();
  }
}

function portsOver(log: Log, store: Store, logFile: string): ServicePorts {
  const signal = new EmbeddedSignal();
  const telemetry = new Telemetry(PIPELINE);
  return { pipeline: PIPELINE, log, store, signal, telemetry, logger: createLogger(PIPELINE, logFile), now: Date.now };
}
