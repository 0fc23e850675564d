import { BronzeStage, CountLoader } from '@tillstream/bronze-ingester';
import { goldCommands, goldConfig, GoldStage, storeHistory as goldHistory } from '@tillstream/gold-aggregator';
import { openEmbeddedLog, type Log } from '@tillstream/log';
import {
  controlWorker,
  createLogger,
  EventLog,
  lineageEvents,
  parseConfig,
  Telemetry,
  Worker,
  type Command,
  type Logger,
  type Stage,
  type WorkerLimits,
} from '@tillstream/runtime';
import { EmbeddedSignal, type Signal } from '@tillstream/signal';
import {
  loadReferenceData,
  silverCommands,
  silverConfig,
  SilverStage,
  storeHistory as silverHistory,
} from '@tillstream/silver-normalizer';
import { openEmbeddedStore, type Store } from '@tillstream/store';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { createTopics, PARTITIONS, TOPICS_OF } from './flow.ts';
import { reloadReference } from './reload-reference.ts';

const PIPELINE = 'demo';
/** Of each service there is one, in this process. */
const INSTANCE = 'embedded';
const VERSION = '0.0.0';

/** Bronze serves history, so it may take its time; silver and gold are on the way to the reader. */
const LIMITS: Readonly<Record<keyof typeof TOPICS_OF, WorkerLimits>> = {
  bronze: { maxBatchBytes: 4 * 2 ** 20, maxTurnBytes: 16 * 2 ** 20, minTurnMs: 400 },
  silver: { maxBatchBytes: 4 * 2 ** 20, maxTurnBytes: 16 * 2 ** 20, minTurnMs: 100 },
  gold: { maxBatchBytes: 2 * 2 ** 20, maxTurnBytes: 8 * 2 ** 20, minTurnMs: 100 },
};

const settingsSchema = z.object({ ...silverConfig.shape, ...goldConfig.shape });

/** Settings of the stages, from the environment. */
export type PipelineSettings = z.output<typeof settingsSchema>;

export function readSettings(env: Readonly<Record<string, string | undefined>>): PipelineSettings {
  return parseConfig(settingsSchema, env);
}

/** The whole pipeline in one process: the same stages as on a cluster, over the embedded log, store and signal. */
export class EmbeddedPipeline {
  readonly log: Log;
  readonly store: Store;
  readonly signal: Signal;
  readonly telemetry = new Telemetry(PIPELINE);
  readonly silver: SilverStage;
  readonly loader: CountLoader;
  readonly workers: readonly Worker[];
  readonly #logger: Logger;
  readonly #events: EventLog;
  readonly #gold: GoldStage;
  readonly #uncontrol: readonly (() => void)[];
  readonly #stages: readonly Stage[];
  #running: Promise<unknown> = Promise.resolve();

  private constructor(folder: DataFolder, log: Log, store: Store, settings: PipelineSettings) {
    this.log = log;
    this.store = store;
    this.signal = new EmbeddedSignal();
    this.#logger = createLogger(PIPELINE, join(folder.root, 'pipeline.log'));
    this.#events = new EventLog({ store, telemetry: this.telemetry, everyMs: 10_000, now: Date.now });
    const now = Date.now;
    this.silver = new SilverStage(
      {
        expectations: settings.EXPECTATION_ACTIONS,
        hotLines: settings.SILVER_HOT_LINES,
        filterBytes: settings.SILVER_FILTER_BYTES,
        lateAfterMs: settings.SILVER_LATE_AFTER_SECONDS * 1000,
        seed: randomInt(2 ** 31),
        blockPartitions: PARTITIONS,
        now,
      },
      silverHistory(store),
    );
    this.#gold = new GoldStage(
      {
        pipeline: PIPELINE,
        era: settings.GOLD_ERA,
        recentChanges: Math.ceil(settings.GOLD_RECENT_CHANGES / PARTITIONS),
        now,
        isHeard: (subject) => this.signal.isHeard(subject),
      },
      goldHistory(store),
    );
    const { telemetry } = this;
    this.loader = new CountLoader({ inbox: folder.inbox, log, store, telemetry, pollMs: 100, recheckMs: 2000, now });
    const bronze = new BronzeStage();
    this.#stages = [bronze, this.silver, this.#gold];
    const worker = (stage: Stage, layer: keyof typeof TOPICS_OF): Worker =>
      new Worker({
        stage,
        topics: TOPICS_OF[layer],
        log,
        store,
        signal: this.signal,
        telemetry,
        limits: LIMITS[layer],
        logger: this.#logger.child({ stage: layer }),
        now,
      });
    const silver = worker(this.silver, 'silver');
    const gold = worker(this.#gold, 'gold');
    this.workers = [worker(bronze, 'bronze'), silver, gold];
    const referenceFolder = folder.reference;
    const ofSilver = silverCommands({ worker: silver, stage: this.silver, store, log, referenceFolder, now });
    const commands = new Map([
      [silver, ofSilver],
      [gold, goldCommands(gold, this.#gold)],
    ]);
    this.#uncontrol = this.workers.map((one) => this.#control(one, commands.get(one) ?? []));
  }

  #control(worker: Worker, commands: readonly Command[]): () => void {
    const { signal, telemetry } = this;
    const identity = { pipeline: PIPELINE, instance: INSTANCE, version: VERSION };
    return controlWorker({ ...identity, worker, signal, commands, telemetry, logger: this.#logger, now: Date.now });
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
      await store.migrate();
      await createTopics(log);
      await loadReferenceData(store, folder.reference, Date.now());
      const pipeline = new EmbeddedPipeline(folder, log, store, settings);
      await pipeline.#events.record(...lineageEvents());
      return pipeline;
    } catch (error) {
      await log?.close();
      await store.close();
      throw error;
    }
  }

  /** Loads the reference data again while everything runs; returns how many records that waited for it are sent again. */
  async reloadReference(): Promise<number> {
    return reloadReference(this.signal, PIPELINE, { silver: [INSTANCE], gold: 1 });
  }

  /** Bytes of state that the stages hold in memory. */
  stateBytes(): number {
    return this.#stages.reduce((sum, stage) => sum + stage.stateBytes(), 0);
  }

  /** Starts all workers; `failed` rejects as soon as one of them fails. */
  start(): { readonly failed: Promise<never> } {
    const runs = [...this.workers.map(async (worker) => worker.run()), this.loader.run(), this.#events.run()];
    this.#running = Promise.allSettled(runs);
    const failed = Promise.all(runs).then(async () => new Promise<never>(() => undefined));
    // Whoever waits for something else meanwhile must not die of it.
    failed.catch(() => undefined);
    return { failed };
  }

  /** Finishes what the workers have in hand, then closes log and store. */
  async stop(): Promise<void> {
    for (const worker of this.workers) worker.stop();
    this.loader.stop();
    this.#events.stop();
    await this.#running;
    for (const uncontrol of this.#uncontrol) uncontrol();
    await this.signal.close();
    await this.log.close();
    await this.store.close();
  }
}
