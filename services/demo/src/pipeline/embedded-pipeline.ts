import { BronzeStage, CountLoader } from '@tillstream/bronze-ingester';
import { goldConfig, GoldStage, storeHistory as goldHistory } from '@tillstream/gold-aggregator';
import { openEmbeddedLog, type Log } from '@tillstream/log';
import {
  createLogger,
  EventLog,
  lineageEvents,
  parseConfig,
  Telemetry,
  Worker,
  type Logger,
  type Stage,
  type WorkerLimits,
} from '@tillstream/runtime';
import { EmbeddedSignal, type Signal } from '@tillstream/signal';
import {
  loadReferenceData,
  replayQuarantine,
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

const PIPELINE = 'demo';

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

/** Answers a request by reloading the reference data: how it is done while everything runs. */
export const RELOAD_REFERENCE = `tillstream.${PIPELINE}.command.reload-reference`;

/** The whole pipeline in one process: the same stages as on a cluster, over the embedded log, store and signal. */
export class EmbeddedPipeline {
  readonly log: Log;
  readonly store: Store;
  readonly signal: Signal;
  readonly telemetry = new Telemetry(PIPELINE);
  readonly silver: SilverStage;
  readonly loader: CountLoader;
  readonly workers: readonly Worker[];
  readonly #folder: DataFolder;
  readonly #logger: Logger;
  readonly #events: EventLog;
  readonly #silverWorker: Worker;
  readonly #stages: readonly Stage[];
  #running: Promise<unknown> = Promise.resolve();

  private constructor(folder: DataFolder, log: Log, store: Store, settings: PipelineSettings) {
    this.#folder = folder;
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
    const gold = new GoldStage(
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
    this.#stages = [bronze, this.silver, gold];
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
    this.#silverWorker = worker(this.silver, 'silver');
    this.workers = [worker(bronze, 'bronze'), this.#silverWorker, worker(gold, 'gold')];
    this.signal.reply(RELOAD_REFERENCE, async () => Buffer.from(String(await this.reloadReference())));
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

  /**
   * Loads the reference data again while everything runs, and sends the records again that waited for it. Between two
   * turns of silver: what was judged by the old data is in quarantine by then, and nothing is missed.
   */
  async reloadReference(): Promise<number> {
    await loadReferenceData(this.store, this.#folder.reference, Date.now());
    return this.#silverWorker.betweenTurns(async () => {
      await this.silver.reloadReference();
      return replayQuarantine(this.store, this.log, this.silver.reference, Date.now());
    });
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
    await this.signal.close();
    await this.log.close();
    await this.store.close();
  }
}
