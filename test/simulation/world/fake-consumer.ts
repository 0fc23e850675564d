import {
  partitionName,
  type Consumer,
  type ConsumerHandler,
  type Position,
  type RecordBatch,
  type TopicPartition,
} from '@tillstream/log';
import type { ConsumerGroup } from './consumer-group.ts';
import { InjectedFault, type Operations } from './operations.ts';

/** A partition in a consumer's hands, from its assignment to its revocation. */
export type Assignment = {
  readonly partition: TopicPartition;
  position: number | undefined;
  /** `assigned` has been called. */
  announced: boolean;
  /** `assigned` has settled. */
  ready: boolean;
  /** A batch is in the handler. */
  busy: boolean;
};

/**
 * A consumer as bad as Kafka's clients allow: kicked out of its group without being told, it goes on fetching, and
 * its commits may even be taken until somebody else has its partitions. What it keeps is the port's contract on the order of calls.
 */
export class FakeConsumer implements Consumer {
  readonly assignments = new Map<TopicPartition, Assignment>();
  readonly #group: ConsumerGroup;
  readonly #handler: ConsumerHandler;
  readonly #operations: Operations;
  readonly #options: FakeConsumerOptions;
  /** By partition, the end of the calls for it, also after it was revoked. */
  readonly #settled = new Map<TopicPartition, Promise<void>>();
  #active = false;

  constructor(group: ConsumerGroup, handler: ConsumerHandler, operations: Operations, options: FakeConsumerOptions) {
    this.#group = group;
    this.#handler = handler;
    this.#operations = operations;
    this.#options = options;
  }

  get held(): readonly TopicPartition[] {
    return [...this.assignments.keys()];
  }

  async start(): Promise<void> {
    this.#active = true;
    this.#group.join(this);
  }

  async commit(positions: readonly Position[]): Promise<void> {
    if (positions.length === 0) return;
    const label = (): string => `commit ${positions.map((one) => `${partitionName(one)}@${one.nextOffset}`).join(' ')}`;
    const part = (): void => {
      if (!this.#group.members.has(this)) this.#foreignCommit(positions);
      this.#group.commit(positions);
    };
    await this.#operations.ask({ label, kind: 'commit', parts: [part], result: () => undefined });
  }

  /** May be taken while it is on its way from before; never once another member has the partition, by its generation. */
  #foreignCommit(positions: readonly Position[]): void {
    this.#options.foreignCommit();
    if (this.#group.isHeld(positions)) throw new InjectedFault('commit refused: of an older generation');
  }

  async confirm(): Promise<void> {
    const part = (): void => {
      if (!this.#group.members.has(this)) throw new InjectedFault('confirmation refused: not a member');
    };
    await this.#operations.ask({ label: () => 'confirm', kind: 'commit', parts: [part], result: () => undefined });
  }

  seek(): void {
    throw new Error('no worker seeks');
  }

  pause(): void {
    throw new Error('no worker pauses its consumer');
  }

  resume(): void {
    throw new Error('no worker resumes its consumer');
  }

  async stop(): Promise<void> {
    this.#active = false;
    this.assignments.clear();
    await Promise.all(this.#settled.values());
    if (this.#group.members.delete(this)) this.#group.rebalance();
  }

  /** The process is gone; the group will notice. */
  die(): void {
    this.#active = false;
    this.assignments.clear();
    this.#group.members.delete(this);
  }

  /** Out of the group, and not told. */
  loseContact(): void {
    this.#group.members.delete(this);
  }

  /** Learns that it was out, and joins again. */
  rejoin(): void {
    this.revoke(this.held);
    this.#group.join(this);
  }

  revoke(partitions: readonly TopicPartition[]): void {
    const announced = partitions.filter((one) => this.assignments.get(one)!.announced);
    for (const partition of partitions) this.assignments.delete(partition);
    if (announced.length > 0) this.#handler.revoked(announced);
  }

  assign(partitions: readonly TopicPartition[]): void {
    if (partitions.length === 0 || !this.#active) return;
    for (const partition of partitions) {
      // Read before `assigned`: a commit of somebody who was kicked out could otherwise jump over rows that the
      // state, rebuilt in `assigned`, does not have.
      const position = this.#options.readsPositionLate ? undefined : this.#committed(partition);
      this.assignments.set(partition, { partition, position, announced: false, ready: false, busy: false });
    }
    const prepared = this.#prepare(partitions.map((one) => this.assignments.get(one)!));
    const settled = prepared.catch((error: unknown) => this.#fail(error));
    for (const partition of partitions) this.#settled.set(partition, settled);
  }

  /** Calls `assigned`, but not before earlier calls for these partitions have come to their end. */
  async #prepare(assignments: readonly Assignment[]): Promise<void> {
    await Promise.all(assignments.map(async ({ partition }) => this.#settled.get(partition)));
    const held = assignments.filter((one) => this.assignments.get(one.partition) === one);
    if (held.length === 0) return;
    for (const one of held) one.announced = true;
    await this.#handler.assigned(held.map(({ partition }) => partition));
    for (const one of held) one.ready = true;
  }

  /** Where the partition's next batch begins. */
  positionOf(assignment: Assignment): number {
    return (assignment.position ??= this.#committed(assignment.partition));
  }

  deliver(assignment: Assignment, batch: RecordBatch): void {
    assignment.busy = true;
    assignment.position = batch.nextOffset;
    const settled = this.#handler.batch(batch).then(() => {
      assignment.busy = false;
    });
    this.#settled.set(
      assignment.partition,
      settled.catch((error: unknown) => this.#fail(error)),
    );
  }

  #committed(partition: TopicPartition): number {
    return this.#group.committed.get(partitionName(partition)) ?? 0;
  }

  #fail(error: unknown): void {
    this.die();
    this.#handler.failed(error as Error);
  }
}

export type FakeConsumerOptions = {
  /** Planted bug: the position is read when the first batch is fetched. */
  readonly readsPositionLate: boolean;
  /** Called for a commit of somebody who is no member; throws when it is to be refused. */
  readonly foreignCommit: () => void;
};
