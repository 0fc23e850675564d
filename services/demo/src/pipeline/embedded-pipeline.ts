import { BronzeStage, CountLoader } from '@tillstream/bronze-ingester';
import { GoldStage, storeHistory as goldHistory } from '@tillstream/gold-aggregator';
import { EXPECTATIONS, TOPICS } from '@tillstream/inventory';
import { openEmbeddedLog, type Log } from '@tillstream/log';
import { Telemetry, Worker, type Stage, type WorkerLimits } from '@tillstream/runtime';
import { EmbeddedSignal, type Signal } from '@tillstream/signal';
import {
  loadReferenceData,
  replayQuarantine,
  SilverStage,
  storeHistory as silverHistory,
} from '@tillstream/silver-normalizer';
import { openEmbeddedStore, type Store } from '@tillstream/store';
import { randomInt } from 'node:crypto';
import type { DataFolder } from './data-folder.ts';
import { TOPICS_OF } from './flow.ts';

const PIPELINE = 'demo';
const PARTITIONS = 4;

/** Bronze serves history, so it may take its time; silver and gold are on the way to the reader. */
const LIMITS: Readonly<Record<keyof typeof TOPICS_OF, WorkerLimits>> = {
  bronze: { maxBatchBytes: 4 * 2 ** 20, maxTurnBytes: 16 * 2 ** 20, minTurnMs: 400 },
  silver: { maxBatchBytes: 2 * 2 ** 20, maxTurnBytes: 8 * 2 ** 20, minTurnMs: 100 },
  gold: { maxBatchBytes: 2 * 2 ** 20, maxTurnBytes: 8 * 2 ** 20, minTurnMs: 100 },
};

export type PipelineMemory = {
  /** Lines that silver remembers to tell duplicates. */
  readonly hotLines: number;
  /** Filter over all lines ever seen. */
  readonly filterBytes: number;
  /** Changes that gold holds one by one, over all partitions. */
  readonly recentChanges: number;
};

export const DEFAULT_MEMORY: PipelineMemory = { hotLines: 2 ** 20, filterBytes: 64 * 2 ** 20, recentChanges: 2 ** 20 };

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
  readonly #stages: readonly Stage[];
  #running: Promise<unknown> = Promise.resolve();

  private constructor(folder: DataFolder, log: Log, store: Store, memory: PipelineMemory) {
    this.#folder = folder;
    this.log = log;
    this.store = store;
    this.signal = new EmbeddedSignal();
    const now = Date.now;
    const seed = randomInt(2 ** 31);
    this.silver = new SilverStage(
      { ...memory, expectations: EXPECTATIONS, lateAfterMs: 3_600_000, seed, blockPartitions: PARTITIONS, now },
      silverHistory(store),
    );
    const gold = new GoldStage(
      {
        pipeline: PIPELINE,
        era: 1,
        recentChanges: Math.ceil(memory.recentChanges / PARTITIONS),
        now,
        isHeard: (subject) => this.signal.isHeard(subject),
      },
      goldHistory(store),
    );
    const { telemetry } = this;
    this.loader = new CountLoader({ inbox: folder.inbox, log, store, telemetry, pollMs: 100, now });
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
        now,
      });
    this.workers = [worker(bronze, 'bronze'), worker(this.silver, 'silver'), worker(gold, 'gold')];
  }

  /** Opens the folder's log and store, and brings topics and tables up to date. */
  static async open(folder: DataFolder, memory: PipelineMemory = DEFAULT_MEMORY): Promise<EmbeddedPipeline> {
    const store = await openEmbeddedStore({ path: folder.storeFolder, temporaryPath: folder.temporaryFolder });
    try {
      const log = await openEmbeddedLog({ path: folder.logFile });
      await store.migrate();
      await log.createTopics(TOPICS.map(({ name, cleanup }) => ({ name, cleanup, partitions: PARTITIONS })));
      return new EmbeddedPipeline(folder, log, store, memory);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Loads the reference data of the folder; records that waited for it are sent again. Safe to repeat while running. */
  async loadReference(): Promise<number> {
    await loadReferenceData(this.store, this.#folder.reference, Date.now());
    await this.silver.reloadReference();
    return replayQuarantine(this.store, this.log, this.silver.reference, Date.now());
  }

  /** Bytes of state that the stages hold in memory. */
  stateBytes(): number {
    return this.#stages.reduce((sum, stage) => sum + stage.stateBytes(), 0);
  }

  /** Starts all workers; `failed` rejects as soon as one of them fails. */
  start(): { readonly failed: Promise<never> } {
    const runs = [...this.workers.map(async (worker) => worker.run()), this.loader.run()];
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
    await this.#running;
    await this.signal.close();
    await this.log.close();
    await this.store.close();
  }
}
