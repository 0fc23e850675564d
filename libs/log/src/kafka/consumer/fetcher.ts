import { setTimeout as delay } from 'node:timers/promises';
import { LogError } from '../../log-error.ts';
import { partitionName } from '../../partition-name.ts';
import type { KafkaConnection } from '../connection.ts';
import { asLogError, isRetriable } from '../kafka-error.ts';
import { offsetRefusal } from '../offset-refusal.ts';
import { type FetchedPartition, fetchFrom } from '../protocol/fetch.ts';
import { protocolError } from '../protocol/kafkajs-internals.ts';
import { readRecordBatches } from '../protocol/record-batch-reader.ts';
import type { KafkaLane } from './kafka-lane.ts';

/** A broker with nothing new answers after so long. */
const MAX_WAIT_MS = 250;
/** While the handler has batches: their partitions, once it is done, wait for the answer to the others. */
const MAX_WAIT_BESIDE_HANDLER_MS = 25;
/** Bound of one answer, before decompression. */
const MAX_FETCH_BYTES = 8 * 1024 * 1024;
/** So much is asked for each partition at least: the largest record batch fits, also where it is not the first. */
const MIN_PARTITION_BYTES = 1_200_000;
/** Of a batch's bound: with what a record takes beside its bytes a fetch is mostly one batch, and need not be copied. */
const FETCH_SHARE = 0.8;
const PAUSE_MS = 200;
const TICK_MS = 1_000;
const LOST_TICKS = 3;
const OFFSET_OUT_OF_RANGE = 1;

export type FetcherOptions = {
  readonly connection: KafkaConnection;
  /** The consumer's, as they are at the moment. */
  readonly lanes: () => Iterable<KafkaLane>;
  /** For what trying again does not mend. */
  readonly fail: (error: unknown) => void;
  readonly maxBatchBytes: number;
  readonly stalledMs: number;
};

/** By the partition's name, who wants to read from where. */
type Hungry = Map<string, Wish>;
type Wish = { readonly lane: KafkaLane; readonly offset: number };

/** Keeps the lanes of a consumer fed: one fetch at a time for each broker, for all of its partitions with room. */
export class Fetcher {
  readonly #options: FetcherOptions;
  /** By node id. */
  readonly #loops = new Map<number, Promise<void>>();
  /** Seconds that a lane has been hungry without an answer. */
  readonly #starving = new WeakMap<KafkaLane, number>();
  readonly #ticks: NodeJS.Timeout;
  #stopped = false;
  #fetches = 0;
  #wake = Promise.withResolvers<void>();

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#ticks = setInterval(() => this.#tick(), TICK_MS);
  }

  /** To be called when a lane may have become hungry. */
  readonly wake = (): void => {
    for (const lane of this.#options.lanes()) this.#ensureLoop(this.#leaderOf(lane));
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  };

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#ticks);
    this.wake();
    await Promise.all(this.#loops.values());
  }

  #ensureLoop(leader: number | undefined): void {
    if (leader === undefined || this.#stopped || this.#loops.has(leader)) return;
    this.#loops.set(
      leader,
      this.#loop(leader).catch((error: unknown) => this.#options.fail(error)),
    );
  }

  async #loop(leader: number): Promise<void> {
    while (!this.#stopped) {
      const hungry = this.#hungry(leader);
      if (hungry.size === 0) await this.#wake.promise;
      else if (!(await this.#fetch(leader, hungry))) await this.#recover();
    }
  }

  #hungry(leader: number): Hungry {
    const hungry: Hungry = new Map();
    for (const lane of this.#options.lanes()) {
      const offset = lane.wantedOffset;
      if (offset !== undefined && this.#leaderOf(lane) === leader)
        hungry.set(partitionName(lane.partition), { lane, offset });
    }
    return hungry;
  }

  /** False when the brokers should be asked again who leads what. */
  async #fetch(leader: number, hungry: Hungry): Promise<boolean> {
    const { connection, lanes, maxBatchBytes } = this.#options;
    const isHandlerBusy = [...lanes()].some((lane) => lane.isDelivering);
    const maxWaitMs = isHandlerBusy ? MAX_WAIT_BESIDE_HANDLER_MS : MAX_WAIT_MS;
    const maxBytes = Math.max(Math.floor(maxBatchBytes * FETCH_SHARE), MIN_PARTITION_BYTES);
    const all = Array.from(hungry.values(), ({ lane, offset }) => ({ ...lane.partition, offset, maxBytes }));
    // An answer that is full leaves out the last: each comes first in its turn.
    const turn = this.#fetches++ % all.length;
    const ranges = [...all.slice(turn), ...all.slice(0, turn)];
    try {
      const broker = await connection.broker(leader);
      const answers = await connection.exchange(broker, async () =>
        fetchFrom(broker, ranges, { maxBytes: MAX_FETCH_BYTES, maxWaitMs }),
      );
      const answered = answers.map((answer) => ({ answer, wish: hungry.get(partitionName(answer))! }));
      for (const { wish, answer } of answered) {
        if (answer.errorCode === OFFSET_OUT_OF_RANGE) await this.#refuse(wish);
      }
      // Without a pause in between, so that the handler is called for all of them before it begins.
      const taken = answered.map(({ wish, answer }) => this.#take(wish, answer));
      return taken.every((isTaken) => isTaken);
    } catch (error) {
      if (!isRetriable(error)) throw asLogError(error, `cannot read ${ranges.map(partitionName).join(' ')}`);
      return false;
    }
  }

  async #refuse({ lane, offset }: Wish): Promise<void> {
    if (lane.stopped) return;
    throw await offsetRefusal(this.#options.connection, { ...lane.partition, nextOffset: offset });
  }

  #take({ lane, offset }: Wish, answer: FetchedPartition): boolean {
    if (lane.stopped) return true;
    const error = protocolError(answer.errorCode);
    if (error !== undefined) {
      if (!isRetriable(error)) throw asLogError(error, `cannot read ${partitionName(lane.partition)}`);
      return false;
    }
    this.#starving.delete(lane);
    lane.arrived(offset, readRecordBatches(answer.records, offset, answer.aborted), answer.lastStableOffset);
    return true;
  }

  async #recover(): Promise<void> {
    await delay(PAUSE_MS);
    await this.#options.connection.refresh().catch(() => undefined);
    // Somebody else may lead now.
    if (!this.#stopped) this.wake();
  }

  /** Counts its own ticks, not the clock's: a process that was stopped for an hour has missed nothing yet. */
  #tick(): void {
    // A lane also becomes hungry by its handler taking long.
    this.wake();
    for (const lane of this.#options.lanes()) {
      if (lane.wantedOffset === undefined) {
        this.#starving.delete(lane);
        continue;
      }
      const ticks = (this.#starving.get(lane) ?? 0) + 1;
      this.#starving.set(lane, ticks);
      // Its leader may have moved, or come, without anybody noticing.
      if (ticks % LOST_TICKS === 0) void this.#recover();
      if (ticks * TICK_MS < this.#options.stalledMs) continue;
      this.#options.fail(
        new LogError(
          'unavailable',
          `no broker has answered for ${partitionName(lane.partition)} in ${Math.round(this.#options.stalledMs / 1000)} s: ` +
            'check the brokers and the network; started again, the reader goes on from its last commit',
        ),
      );
      return;
    }
  }

  #leaderOf(lane: KafkaLane): number | undefined {
    return this.#options.connection.leaderOf(lane.partition);
  }
}
