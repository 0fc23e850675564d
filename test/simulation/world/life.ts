import type { BronzeStage } from '@tillstream/bronze-ingester';
import type { GoldStage } from '@tillstream/gold-aggregator';
import { SILVER_BLOCK_ROW_BYTES } from '@tillstream/inventory';
import { silentLogger, Telemetry, Worker } from '@tillstream/runtime';
import { SilverStage } from '@tillstream/silver-normalizer';
import { batchOf, type StoredPartition } from './stored-topic.ts';
import type { Assignment, FakeConsumer } from './fake-consumer.ts';
import { FakeLog } from './fake-log.ts';
import { FakeStore } from './fake-store.ts';
import { InjectedFault, Operations } from './operations.ts';
import { SILENT_SIGNAL } from './silent-signal.ts';
import { STAGES, type StageName } from './stages.ts';
import type { World } from './world.ts';

const MOST_RECORDS = 8;

/** Figures are not looked at here, and keeping them would cost more than the rest. */
class SilentTelemetry extends Telemetry {
  override count(): void {
    // See above.
  }

  override batchDone(): void {
    // See above.
  }
}

const TELEMETRY = new SilentTelemetry('simulation');
const LOGGER = silentLogger();

/** `zombie`: out of its group and not told. `leaving`: asked to stop. */
export type LifeState = 'member' | 'zombie' | 'leaving' | 'dead';

/** One life of a worker: the real `Worker` with a real stage, from its start to its death. */
export class Life {
  readonly name: string;
  readonly stage: StageName;
  readonly worker: Worker;
  readonly operations = new Operations();
  state: LifeState = 'member';
  /** How readily the scheduler turns to it. */
  speed: number;
  /** Why it died, unless the simulation wanted it. */
  bug: Error | undefined;
  readonly #world: World;
  readonly #consumer: FakeConsumer;
  readonly #stage: BronzeStage | SilverStage | GoldStage;

  constructor(world: World, stage: StageName, name: string) {
    this.name = name;
    this.stage = stage;
    this.#world = world;
    this.speed = world.dice.between(1, 8);
    const { topics, create } = STAGES[stage];
    this.#stage = create(world, this.operations);
    const log = new FakeLog(world.log, this.operations, {
      readsPositionLate: world.sabotage === 'positions are read late',
      foreignCommit: () => {
        if (world.dice.chance(0.5)) throw new InjectedFault('commit refused: not a member');
      },
    });
    this.worker = new Worker({
      logger: LOGGER,
      stage: this.#stage,
      topics,
      log,
      store: new FakeStore(world.store, this.operations),
      signal: SILENT_SIGNAL,
      telemetry: TELEMETRY,
      limits: { maxBatchBytes: 2 ** 20, maxTurnBytes: world.dice.pick([1, 500, 2 ** 20]), minTurnMs: 0 },
      now: () => world.now,
    });
    this.#consumer = log.consumers[0]!;
    this.worker.run().then(
      () => this.#end(undefined),
      (error: unknown) => this.#end(error as Error),
    );
  }

  get isAlive(): boolean {
    return this.state !== 'dead';
  }

  /** Partitions that have something to fetch. */
  get fetchable(): readonly Assignment[] {
    return [...this.#consumer.assignments.values()].filter((one) => this.#isFetchable(one));
  }

  get isBusy(): boolean {
    if (this.operations.pending.length > 0) return true;
    for (const one of this.#consumer.assignments.values()) if (this.#isFetchable(one)) return true;
    return false;
  }

  fetch(assignment: Assignment): void {
    const from = this.#consumer.positionOf(assignment);
    const stored = this.#world.log.partition(assignment.partition);
    const count = this.#world.dice.between(1, Math.min(MOST_RECORDS, stored.records.length - from));
    this.#world.note(() => `${this.name} fetches ${stored.topic}/${stored.partition}@${from}…${from + count - 1}`);
    if (this.#world.sabotage === 'commits run ahead') {
      this.#world.group(this.stage).commit([{ ...assignment.partition, nextOffset: from + count }]);
    }
    if (this.#world.sabotage === 'blocks are cut' && this.stage === 'gold') this.#deliverCut(assignment, stored, count);
    else this.#consumer.deliver(assignment, stored.read(from, count));
  }

  /** Reads some partition again from further back. */
  rereads(): string {
    const assignment = this.#world.dice.pick([...this.#consumer.assignments.values()].filter(({ busy }) => !busy));
    assignment.position = this.#world.dice.below(this.#consumer.positionOf(assignment) + 1);
    return `${assignment.partition.topic}/${assignment.partition.partition} from ${assignment.position}`;
  }

  get canReread(): boolean {
    return [...this.#consumer.assignments.values()].some(({ busy }) => !busy);
  }

  /** Told to load the reference data again; who is about to stop does not. */
  reloadReference(): void {
    const stage = this.#stage;
    if (!(stage instanceof SilverStage)) return;
    const { worker } = this;
    worker.betweenTurns(async () => stage.reloadReference(async () => worker.confirm())).catch(() => undefined);
  }

  becomeZombie(): void {
    this.state = 'zombie';
    this.speed = this.#world.dice.pick([0.1, 0.3, 5]);
    this.#consumer.loseContact();
  }

  rejoin(): void {
    this.state = 'member';
    this.speed = this.#world.dice.between(1, 8);
    this.#consumer.rejoin();
  }

  leave(): void {
    this.state = 'leaving';
    this.worker.stop();
  }

  kill(): void {
    this.state = 'dead';
    this.#consumer.die();
    const underway = this.operations.abandon();
    this.#world.orphans.push(...underway.filter(() => this.#world.dice.chance(0.5)));
  }

  #isFetchable(one: Assignment): boolean {
    if (!one.ready || one.busy) return false;
    return this.#consumer.positionOf(one) < this.#world.log.partition(one.partition).records.length;
  }

  #end(error: Error | undefined): void {
    if (this.state === 'dead') return;
    this.#world.note(() => `${this.name} ends: ${error?.message ?? 'stopped'}`);
    if (error !== undefined && !(error instanceof InjectedFault)) this.bug = error;
    this.kill();
  }

  /** Planted bug: a block's first rows are worked on and written by themselves, before the block as a whole. */
  #deliverCut(assignment: Assignment, stored: StoredPartition, count: number): void {
    const from = this.#consumer.positionOf(assignment);
    const records = stored.records.slice(from, from + count);
    const last = records.at(-1)!;
    const rows = last.value!.length / SILVER_BLOCK_ROW_BYTES;
    const isCut = rows > 1 && this.#world.dice.chance(0.5);
    const value = last.value!.subarray(0, Math.floor(rows / 2) * SILVER_BLOCK_ROW_BYTES);
    const delivered = isCut ? [...records.slice(0, -1), { ...last, value }] : records;
    const batch = batchOf(stored, delivered, from);
    this.#consumer.deliver(assignment, isCut ? { ...batch, nextOffset: batch.nextOffset - 1 } : batch);
  }
}
