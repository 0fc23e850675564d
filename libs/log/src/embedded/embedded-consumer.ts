import { LogError } from '../log-error.ts';
import type { Consumer, ConsumerHandler, ConsumerOptions } from '../port.ts';
import type { Position, TopicPartition } from '../record-batch.ts';
import type { Arrivals } from './arrivals.ts';
import type { CommittedOffsets } from './committed-offsets.ts';
import type { ConsumerGroup, GroupMember } from './consumer-group.ts';
import { type LaneSource, PartitionLane } from './partition-lane.ts';
import type { Partition, TopicCatalog } from './topic-catalog.ts';

/** What a consumer needs of its log. */
export type ConsumerParts = {
  readonly group: ConsumerGroup;
  readonly topics: TopicCatalog;
  readonly committed: CommittedOffsets;
  readonly arrivals: Arrivals;
  readonly source: LaneSource;
};

/** One member of a group: a lane for each partition that it holds, and the order of the calls to its handler. */
export class EmbeddedConsumer implements Consumer, GroupMember {
  wanted: readonly Partition[] = [];
  readonly #options: ConsumerOptions;
  readonly #handler: ConsumerHandler;
  readonly #parts: ConsumerParts;
  readonly #lanes = new Map<Partition, PartitionLane>();
  /** Of the held partitions, those that the handler knows of: only they are revoked towards it. */
  readonly #announced = new Set<Partition>();
  /** By partition, the end of the calls for it, also after it was revoked. */
  readonly #settled = new Map<Partition, Promise<void>>();
  #state: 'new' | 'running' | 'stopping' | 'failed' = 'new';
  #stopped: Promise<void> | undefined;

  constructor(options: ConsumerOptions, parts: ConsumerParts) {
    this.#options = options;
    this.#handler = options.handler;
    this.#parts = parts;
  }

  get held(): readonly Partition[] {
    return [...this.#lanes.keys()];
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') {
      throw new LogError('closed', `a consumer of group ${this.#options.group} starts only once: make a new one`);
    }
    this.wanted = this.#options.topics.flatMap((topic) => this.#parts.topics.partitions(topic));
    this.#state = 'running';
    this.#parts.group.join(this);
  }

  /** Positions of partitions that are not held (any more) are dropped: another member has begun from before them. */
  async commit(positions: readonly Position[]): Promise<void> {
    const held = positions.filter((position) => this.#laneOf(position) !== undefined);
    if (held.length > 0) this.#parts.committed.commit(this.#options.group, held);
  }

  seek(position: Position): void {
    this.#laneOf(position)?.seek(position.nextOffset);
  }

  /** The group lives in this process: who has lost a partition knows it. */
  async confirm(): Promise<void> {}

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#laneOf(partition)?.pause();
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#laneOf(partition)?.resume();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  revoke(partitions: readonly Partition[]): void {
    const announced = partitions.filter((partition) => this.#announced.has(partition));
    for (const partition of partitions) this.#drop(partition);
    if (announced.length === 0) return;
    try {
      this.#handler.revoked(announced.map(topicPartition));
    } catch (error) {
      this.#fail(error);
    }
  }

  assign(partitions: readonly Partition[]): void {
    if (this.#state !== 'running') return;
    const lanes = partitions.map((partition) => new PartitionLane(partition, this.#parts.source));
    const ready = this.#prepare(lanes);
    for (const lane of lanes) {
      this.#lanes.set(lane.partition, lane);
      this.#parts.arrivals.add(lane.partition, lane);
      const calls = ready.then(() => lane.run((batch) => this.#handler.batch(batch)));
      this.#settled.set(
        lane.partition,
        calls.catch((error: unknown) => this.#fail(error)),
      );
    }
  }

  /** Calls `assigned`, but not before earlier calls for these partitions have come to their end. */
  async #prepare(lanes: readonly PartitionLane[]): Promise<void> {
    await Promise.all(lanes.map(async (lane) => this.#settled.get(lane.partition)));
    const held = lanes.filter((lane) => !lane.stopped).map((lane) => lane.partition);
    for (const partition of held) this.#announced.add(partition);
    if (held.length > 0) await this.#handler.assigned(held.map(topicPartition));
  }

  async #stop(): Promise<void> {
    if (this.#state !== 'failed') this.#state = 'stopping';
    // Still a member meanwhile: the last batches may commit, and nobody else begins with their partitions.
    for (const lane of this.#lanes.values()) lane.stop();
    await Promise.all(this.#settled.values());
    this.#leave();
  }

  #fail(error: unknown): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#leave();
    this.#handler.failed(error instanceof Error ? error : new Error(String(error), { cause: error }));
  }

  #leave(): void {
    for (const partition of this.held) this.#drop(partition);
    this.#parts.group.leave(this);
  }

  #drop(partition: Partition): void {
    const lane = this.#lanes.get(partition);
    if (lane === undefined) return;
    lane.stop();
    this.#lanes.delete(partition);
    this.#announced.delete(partition);
    this.#parts.arrivals.remove(partition, lane);
  }

  #laneOf({ topic, partition }: TopicPartition): PartitionLane | undefined {
    for (const lane of this.#lanes.values()) {
      if (lane.partition.partition === partition && lane.partition.topic === topic) return lane;
    }
    return undefined;
  }
}

function topicPartition({ topic, partition }: Partition): TopicPartition {
  return { topic, partition };
}
