import { setTimeout as delay } from 'node:timers/promises';
import { LogError } from '../../log-error.ts';
import type { Consumer, ConsumerHandler, ConsumerOptions } from '../../port.ts';
import { partitionName } from '../../partition-name.ts';
import type { Position, TopicPartition } from '../../record-batch.ts';
import type { KafkaConnection } from '../connection.ts';
import { asLogError } from '../kafka-error.ts';
import { committedOffsets, firstOffsets } from '../kafka-topics.ts';
import { Belonging } from './belonging.ts';
import { Fetcher } from './fetcher.ts';
import { KafkaLane } from './kafka-lane.ts';
import { type Joined, Membership } from './membership.ts';
import type { ConsumerTimings } from './timings.ts';

const MAX_OFFSET = 2 ** 48;
const LEAVE_WITHIN_MS = 10_000;

export type KafkaConsumerOptions = ConsumerOptions & {
  readonly timings: ConsumerTimings;
  /** Client id whose place in the group it takes; undefined for none. */
  readonly predecessor: string | undefined;
};

/** One member of a group: a lane for each partition that it holds, and the order of the calls to its handler. */
export class KafkaConsumer implements Consumer {
  readonly #options: KafkaConsumerOptions;
  readonly #handler: ConsumerHandler;
  /** Its own: a member that waits to join blocks everything else on its connection. */
  readonly #connection: KafkaConnection;
  readonly #partitions = new Map<string, readonly TopicPartition[]>();
  readonly #lanes = new Map<string, KafkaLane>();
  /** Of the held partitions, those that the handler knows of: only they are revoked towards it. */
  readonly #announced = new Set<KafkaLane>();
  /** By partition, the end of the calls for it, also after it was revoked. */
  readonly #settled = new Map<string, Promise<void>>();
  #state: 'new' | 'running' | 'stopping' | 'failed' = 'new';
  #fetcher: Fetcher | undefined;
  #membership: Membership | undefined;
  #isLeaving = false;
  /** A while after `stop`: brokers that are away must not keep the process from ending, a commit is only a hint. */
  readonly #patience = Promise.withResolvers<void>();
  #isOutOfPatience = false;
  #belonging: Belonging | undefined;
  /** Settles when the consumer belongs to its group no more. */
  #belonged: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(connection: KafkaConnection, options: KafkaConsumerOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#handler = options.handler;
  }

  async start(): Promise<void> {
    const { group, topics, maxBatchBytes, timings, predecessor } = this.#options;
    if (this.#state !== 'new') {
      throw new LogError('closed', `a consumer of group ${group} starts only once: make a new one`);
    }
    this.#state = 'running';
    await this.#connection.open();
    for (const topic of topics) {
      this.#partitions.set(topic, await this.#retrying(async () => this.#connection.partitions(topic)));
    }
    if (this.#isLeaving) return;
    const membership = new Membership(this.#connection, {
      group,
      topics,
      partitions: this.#partitions,
      timings,
    });
    this.#membership = membership;
    // Without it the predecessor's place is free a session later.
    if (predecessor !== undefined) await membership.replace(predecessor).catch(() => undefined);
    if (this.#isLeaving) return;
    this.#fetcher = new Fetcher({
      connection: this.#connection,
      lanes: () => this.#lanes.values(),
      fail: (error) => this.#fail(error),
      maxBatchBytes,
      stalledMs: timings.stalledMs,
    });
    this.#belonging = new Belonging({
      membership,
      heartbeatMs: timings.heartbeatMs,
      held: () => [...this.#lanes.values()].map(({ partition }) => partition),
      joined: (share) => this.#share(share),
      expelled: () => this.#revoke([...this.#lanes.values()]),
      check: async () => this.#requireSamePartitions(),
      retrying: async (attempt) => this.#retrying(attempt),
    });
    this.#belonged = this.#belonging.run().catch((error: unknown) => this.#fail(error));
  }

  /**
   * Positions of partitions that are not held (any more) are dropped. While the group rebalances it waits: the broker
   * takes a commit only from who holds a partition in the present generation.
   */
  async commit(positions: readonly Position[]): Promise<void> {
    const { group } = this.#options;
    for (const { topic, partition, nextOffset } of positions) {
      if (Number.isInteger(nextOffset) && nextOffset >= 0 && nextOffset < MAX_OFFSET) continue;
      throw new LogError('offset_out_of_range', `${group} cannot commit ${nextOffset} of ${topic}/${partition}`);
    }
    const lanes = positions.map((position) => this.#lanes.get(partitionName(position)));
    const stillHeld = (): readonly Position[] =>
      positions.filter((_, index) => lanes[index] !== undefined && this.#isHeld(lanes[index]));
    while (stillHeld().length > 0) {
      if (await this.#commitOnce(stillHeld)) return;
      this.#belonging?.suspect();
    }
  }

  /** A heartbeat of its own: only a member of the present generation gets an answer. */
  async confirm(): Promise<void> {
    const membership = this.#membership;
    while (membership !== undefined && this.#state === 'running' && !this.#isOutOfPatience) {
      // Behind a join that waits for others it would time out, and take the connection along.
      await Promise.race([this.#belonging?.stable(), this.#patience.promise]);
      if ((await this.#retrying(async () => membership.heartbeat())) === 'member') return;
      this.#belonging?.suspect();
    }
  }

  seek(position: Position): void {
    this.#lanes.get(partitionName(position))?.seek(position.nextOffset);
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#lanes.get(partitionName(partition))?.pause();
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#lanes.get(partitionName(partition))?.resume();
  }

  async stop(): Promise<void> {
    if (this.#state !== 'failed') this.#state = 'stopping';
    // Still a member meanwhile: the last batches may commit, and nobody else begins with their partitions.
    for (const lane of this.#lanes.values()) lane.stop();
    const outOfPatience = setTimeout(() => {
      this.#isOutOfPatience = true;
      this.#patience.resolve();
    }, this.#options.timings.sessionMs / 3);
    await Promise.all(this.#settled.values());
    clearTimeout(outOfPatience);
    await this.#close();
  }

  /** False when the coordinator did not take it, because the group changes. */
  async #commitOnce(stillHeld: () => readonly Position[]): Promise<boolean> {
    await Promise.race([this.#belonging?.stable(), this.#patience.promise]);
    const held = stillHeld();
    if (held.length === 0) return true;
    try {
      const standing = await this.#retrying(
        async () => this.#membership!.commit(held),
        () => stillHeld().length > 0 && !this.#isOutOfPatience,
      );
      if (standing === 'member') return true;
      if (!this.#isOutOfPatience) return false;
      throw new Error('the group is changing while this reader is told to stop');
    } catch (error) {
      if (stillHeld().length === 0) return true;
      throw asLogError(error, `${this.#options.group} cannot commit`);
    }
  }

  #share({ partitions, isContinued }: Joined): void {
    const share = new Map(partitions.map((partition) => [partitionName(partition), partition]));
    const lost = [...this.#lanes].filter(([name]) => !isContinued || !share.has(name));
    this.#revoke(lost.map(([, lane]) => lane));
    this.#assign([...share.values()].filter((partition) => !this.#lanes.has(partitionName(partition))));
  }

  /** Partitions that were added would be read by nobody, and their keys were elsewhere before. */
  async #requireSamePartitions(): Promise<void> {
    for (const [topic, partitions] of this.#partitions) {
      const count = await this.#connection.partitionCount(topic);
      if (count === undefined || count === partitions.length) continue;
      throw new LogError(
        'partition_mismatch',
        `topic ${topic} has ${count} partitions, and had ${partitions.length} when ${this.#options.group} began to ` +
          'read it: keys have changed their partition; start the workers again, and run a full refresh when no copies ' +
          'of older records come any more',
      );
    }
  }

  #revoke(lanes: readonly KafkaLane[]): void {
    const announced = lanes.filter((lane) => this.#announced.has(lane));
    for (const lane of lanes) this.#drop(lane);
    if (announced.length === 0) return;
    try {
      this.#handler.revoked(announced.map(({ partition }) => partition));
    } catch (error) {
      this.#fail(error);
    }
  }

  #assign(partitions: readonly TopicPartition[]): void {
    if (this.#state !== 'running' || partitions.length === 0) return;
    const { maxBatchBytes } = this.#options;
    const lanes = partitions.map((partition) => new KafkaLane(partition, maxBatchBytes, this.#fetcher!.wake));
    const ready = this.#prepare(lanes);
    for (const lane of lanes) {
      this.#lanes.set(partitionName(lane.partition), lane);
      const calls = ready.then(async () => lane.run(async (batch) => this.#handler.batch(batch)));
      this.#settled.set(
        partitionName(lane.partition),
        calls.catch((error: unknown) => this.#fail(error)),
      );
    }
  }

  /** Calls `assigned`, but not before earlier calls for these partitions have come to their end. */
  async #prepare(lanes: readonly KafkaLane[]): Promise<void> {
    await Promise.all(lanes.map(async ({ partition }) => this.#settled.get(partitionName(partition))));
    // Before `assigned`: a commit of somebody who was put out could otherwise jump over rows that the state, rebuilt
    // in `assigned`, does not have.
    const positions = await this.#firstPositions(lanes);
    const held = lanes.filter((lane) => !lane.stopped);
    if (held.length === 0) return;
    for (const lane of held) this.#announced.add(lane);
    await this.#handler.assigned(held.map(({ partition }) => partition));
    for (const lane of held) lane.begin(positions.get(lane)!);
  }

  /** What the group has committed, or the first kept record. Empty when all were lost meanwhile. */
  async #firstPositions(lanes: readonly KafkaLane[]): Promise<ReadonlyMap<KafkaLane, number>> {
    const isWanted = (): boolean => lanes.some((lane) => !lane.stopped);
    if (!isWanted()) return new Map();
    const partitions = lanes.map(({ partition }) => partition);
    try {
      const [committed, starts] = await this.#retrying(
        async () =>
          Promise.all([
            committedOffsets(this.#connection, this.#options.group, partitions),
            firstOffsets(this.#connection, partitions),
          ]),
        isWanted,
      );
      return new Map(lanes.map((lane, index) => [lane, committed[index] ?? starts[index]!]));
    } catch (error) {
      if (!isWanted()) return new Map();
      throw error;
    }
  }

  #fail(error: unknown): void {
    // While it leaves, whatever breaks is of no interest any more.
    if (this.#state === 'failed' || this.#isLeaving) return;
    this.#state = 'failed';
    for (const lane of this.#lanes.values()) this.#drop(lane);
    void this.#close();
    const { group } = this.#options;
    this.#handler.failed(isKafkas(error) ? asLogError(error, `${group} cannot go on reading`) : asError(error));
  }

  #close(): Promise<void> {
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  async #leave(): Promise<void> {
    this.#isLeaving = true;
    this.#belonging?.leave();
    for (const lane of this.#lanes.values()) this.#drop(lane);
    const goodbye = async (): Promise<void> => {
      await this.#fetcher?.stop();
      await this.#belonged;
      // Without it the others wait for the end of the session; they bear that.
      await this.#membership?.leave().catch(() => undefined);
    };
    const patience = new AbortController();
    await Promise.race([
      goodbye(),
      delay(LEAVE_WITHIN_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    await this.#connection.close();
  }

  #drop(lane: KafkaLane): void {
    lane.stop();
    this.#lanes.delete(partitionName(lane.partition));
    this.#announced.delete(lane);
  }

  #isHeld(lane: KafkaLane): boolean {
    return this.#lanes.get(partitionName(lane.partition)) === lane;
  }

  /** For as long as the consumer lives: brokers that are away for too long are the watchdog's affair. */
  async #retrying<Result>(attempt: () => Promise<Result>, isWanted = (): boolean => true): Promise<Result> {
    return this.#connection.retrying(attempt, {
      forMs: Infinity,
      isWanted: () => !this.#isLeaving && isWanted(),
    });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}

/** The handler's own errors are passed on as they are. */
function isKafkas(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS');
}
