import {
  partitionName,
  type Consumer,
  type Log,
  type Position,
  type RecordBatch,
  type TopicPartition,
} from '@tillstream/log';
import type { Store } from '@tillstream/store';
import type { Signal } from '@tillstream/signal';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { collectGarbageLessOften } from './garbage.ts';
import { Mailbox } from './mailbox.ts';
import { checkResumable } from './resumable.ts';
import type { Stage, StageOutput } from './stage.ts';

/**
 * `starting` joins the group, `recovering` rebuilds state after an assignment, `running` turns batches into output,
 * `paused` takes none, `draining` finishes what it has, `stopped` and `failed` are final. Who restarts a failed
 * worker replays from its last commit: the one recovery path there is.
 */
export type WorkerState = 'starting' | 'recovering' | 'running' | 'paused' | 'draining' | 'stopped' | 'failed';

export type WorkerLimits = {
  /** Bound of one partition's batch. */
  readonly maxBatchBytes: number;
  /** Bound of what one turn of the loop takes from all partitions together. */
  readonly maxTurnBytes: number;
  /**
   * Turns start at least this far apart, so that a trickle of records does not become a flood of tiny inserts; at once
   * where half of a partition's batch waits. A partition that is behind delivers more than that, so one is enough.
   */
  readonly minTurnMs: number;
};

export type WorkerOptions = {
  readonly stage: Stage;
  readonly topics: readonly string[];
  readonly log: Log;
  readonly store: Store;
  readonly signal: Signal;
  readonly telemetry: Telemetry;
  readonly limits: WorkerLimits;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** `nextOffset` is what this worker has committed, once it has. */
export type AssignedPartition = TopicPartition & { readonly nextOffset?: number };

export type WorkerStatus = {
  readonly service: string;
  readonly state: WorkerState;
  readonly partitions: readonly AssignedPartition[];
  readonly turns: number;
  /** When the loop last began a turn, epoch milliseconds. */
  readonly lastTurnAt: number;
  /** Whether that turn is still going on: one that does so for long is stuck. */
  readonly isTurning: boolean;
  /** Spent in turns since its start, the one in hand included: grows by a second a second when there is no rest. */
  readonly busyMs: number;
};

/**
 * An actor: one mailbox, one loop, state that nobody else touches. A turn takes what the partitions have delivered,
 * lets the stage work on it, and then always **writes, publishes, commits**, in this order: a crash in between makes
 * a replay, never a loss.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #mailbox = new Mailbox();
  readonly #consumer: Consumer;
  readonly #partitions = new Map<string, AssignedPartition>();
  readonly #listeners = new Set<() => void>();
  #state: WorkerState = 'starting';
  /** Assignments whose state is being rebuilt. */
  #recovering = 0;
  #turns = 0;
  #lastTurnAt: number;
  #isTurning = false;
  /** In turns that are done. */
  #busyMs = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#lastTurnAt = options.now();
    this.#consumer = options.log.consumer({
      group: options.stage.service,
      topics: options.topics,
      maxBatchBytes: options.limits.maxBatchBytes,
      handler: {
        assigned: async (partitions) => this.#assigned(partitions),
        revoked: (partitions) => this.#revoked(partitions),
        batch: async (batch) => this.#mailbox.deliver(batch),
        failed: (error) => this.#mailbox.fail(error),
      },
    });
  }

  /** Works until `stop`. Rejects when the worker has failed; its process should then end. */
  async run(): Promise<void> {
    collectGarbageLessOften();
    try {
      await this.#consumer.start();
      while (await this.#mailbox.hasWork()) await this.#turn();
      this.#become('stopped');
      this.#options.logger.info({ turns: this.#turns }, 'stopped');
    } catch (error) {
      this.#become('failed');
      this.#options.logger.error({ err: error }, 'failed; started again, it replays from its last commit');
      this.#mailbox.fail(error as Error);
      throw error;
    } finally {
      await this.#consumer.stop();
    }
  }

  /** Takes no more batches until `resume`; the turn in hand is finished, and so is a recovery. */
  pause(): void {
    this.#mailbox.hold();
    if (this.#state === 'running') this.#become('paused');
  }

  resume(): void {
    this.#mailbox.release();
    if (this.#state === 'paused') this.#become('running');
  }

  /** Finishes the turn in hand, commits it, leaves the group; `run` then resolves. */
  stop(): void {
    if (this.#state === 'stopped' || this.#state === 'failed') return;
    this.#become('draining');
    this.#mailbox.close();
  }

  /** Runs `task` between two turns, where no batch is in the stage's hands. */
  async betweenTurns<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#mailbox.command(task);
  }

  /** Resolves when the group has confirmed, after the call, that this worker is a member: see `Stage.assigned`. */
  async confirm(): Promise<void> {
    await this.#consumer.confirm();
  }

  /** Bytes of state that the stage holds in memory. */
  stateBytes(): number {
    return this.#options.stage.stateBytes();
  }

  /** Calls back at every change of state or partitions. Returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): WorkerStatus {
    return {
      service: this.#options.stage.service,
      state: this.#state,
      partitions: [...this.#partitions.values()],
      turns: this.#turns,
      lastTurnAt: this.#lastTurnAt,
      isTurning: this.#isTurning,
      busyMs: this.#busyMs + (this.#isTurning ? this.#turningMs() : 0),
    };
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    const { log, logger, stage } = this.#options;
    // First, because they may be lost again while they recover.
    for (const one of partitions) this.#partitions.set(partitionName(one), one);
    this.#recovering++;
    const isWorking = this.#state === 'starting' || this.#state === 'running' || this.#state === 'paused';
    this.#become(isWorking ? 'recovering' : this.#state);
    const startedAt = performance.now();
    await checkResumable(log, stage.service, partitions);
    await stage.assigned(partitions, async () => this.confirm());
    const recoverySeconds = Number(((performance.now() - startedAt) / 1000).toFixed(3));
    const figures = { partitions: partitions.map(partitionName), stateBytes: stage.stateBytes(), recoverySeconds };
    logger.info(figures, 'took over partitions');
    this.#recovering--;
    // Told to stop meanwhile: that stands.
    if (this.#recovering > 0 || this.#state !== 'recovering') return;
    this.#become(this.#mailbox.isHeld ? 'paused' : 'running');
  }

  #revoked(partitions: readonly TopicPartition[]): void {
    for (const one of partitions) this.#partitions.delete(partitionName(one));
    this.#options.logger.info({ partitions: partitions.map(partitionName) }, 'lost partitions');
    this.#options.stage.revoked(partitions);
    this.#tell();
  }

  #become(state: WorkerState): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  async #turn(): Promise<void> {
    const { limits, now, stage, telemetry } = this.#options;
    await this.#mailbox.waitUntil(this.#lastTurnAt + limits.minTurnMs, now, limits.maxBatchBytes / 2);
    const deliveries = this.#mailbox.take(limits.maxTurnBytes);
    // Paused or stopped while it waited.
    if (deliveries.length === 0) return;
    this.#lastTurnAt = now();
    this.#isTurning = true;
    const batches = deliveries.map((delivery) => delivery.batch).filter((batch) => this.#owns(batch));
    if (batches.length > 0) {
      const output = await stage.process(batches);
      const insertSeconds = await this.#write(output);
      const positions = batches.filter((batch) => this.#owns(batch)).map(positionAfter);
      await this.#consumer.commit(positions);
      for (const one of positions) if (this.#owns(one)) this.#partitions.set(partitionName(one), one);
      telemetry.count(stage.service, output.counts);
      const batchSeconds = (now() - this.#lastTurnAt) / 1000;
      const state = { stateBytes: stage.stateBytes(), stateKeys: stage.stateKeys() };
      telemetry.batchDone(stage.service, { batchSeconds, insertSeconds, ...state });
    }
    this.#turns++;
    this.#busyMs += this.#turningMs();
    this.#isTurning = false;
    for (const delivery of deliveries) delivery.done();
  }

  /** Clocks may be set back. */
  #turningMs(): number {
    return Math.max(0, this.#options.now() - this.#lastTurnAt);
  }

  /** A partition lost while its batch waited belongs to somebody else, and its state is gone. */
  #owns(one: TopicPartition): boolean {
    return this.#partitions.has(partitionName(one));
  }

  async #write(output: StageOutput): Promise<number> {
    const { log, now, signal, store, telemetry } = this.#options;
    const startedAt = now();
    await Promise.all(output.firstTables.map(async (block) => store.insert(block)));
    await Promise.all(output.tables.map(async (block) => store.insert(block)));
    const writtenAt = now();
    telemetry.visible(output.visible, { takenAt: this.#lastTurnAt, writtenAt });
    if (output.publish.length > 0) await log.produce(output.publish);
    for (const { subject, payload } of output.news) signal.publish(subject, payload);
    return (writtenAt - startedAt) / 1000;
  }
}

function positionAfter({ topic, partition, nextOffset }: RecordBatch): Position {
  return { topic, partition, nextOffset };
}
