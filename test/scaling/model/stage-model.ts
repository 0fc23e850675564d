import type { Dice } from '../../support/dice.ts';
import { within, type Load } from './loads.ts';
import { PartitionQueue } from './partition-queue.ts';

export const PARTITIONS = 24;
const POD_RECORDS_PER_SECOND = 1000;
const POD_START_SECONDS = 20;
const REBALANCE_SECONDS = 8;
const POISONED = 7;

type Pod = { readonly name: number; readonly readyFrom: number };

/**
 * A stage of pods that share partitions. A pod takes a while to start; whenever one joins or leaves, all of them stand
 * still until partitions are shared out anew.
 */
export class StageModel {
  readonly partitions = Array.from({ length: PARTITIONS }, () => new PartitionQueue());
  second = 0;
  readonly #load: Load;
  readonly #dice: Dice;
  #pods: Pod[] = [];
  #members = 0;
  #standsUntil = 0;
  #started = 0;
  /** Of each pod that worked in the last second. */
  #busy: readonly number[] = [];

  constructor(load: Load, dice: Dice, pods: number) {
    this.#load = load;
    this.#dice = dice;
    this.#pods = Array.from({ length: pods }, () => ({ name: this.#started++, readyFrom: 0 }));
    this.#members = pods;
  }

  get replicas(): number {
    return this.#pods.length;
  }

  get readyPods(): number {
    return this.#pods.filter(({ readyFrom }) => readyFrom <= this.second).length;
  }

  get rebalancing(): boolean {
    return this.second < this.#standsUntil;
  }

  get busyRatios(): readonly number[] {
    return this.#busy;
  }

  /** Age of the oldest waiting record; what nobody can work off does not count. */
  get lagSeconds(): number {
    return Math.max(...this.partitions.map((queue, index) => (this.#isPoisoned(index) ? 0 : queue.age)));
  }

  scaleTo(replicas: number): void {
    while (this.#pods.length < replicas) {
      const readyFrom = this.second + POD_START_SECONDS + this.#dice.below(4);
      this.#pods.push({ name: this.#started++, readyFrom });
    }
    this.#pods.length = replicas;
  }

  /** One second: records come, and pods work on those that were there before. */
  pass(): void {
    const { readyPods } = this;
    if (readyPods !== this.#members) this.#standsUntil = this.second + REBALANCE_SECONDS;
    this.#members = readyPods;
    if (this.rebalancing) this.#busy = Array.from({ length: readyPods }, () => 0);
    else this.#work(readyPods);
    const rate = this.#load.rate(this.second, this.#dice);
    this.#arrive(Math.round(rate));
    this.second++;
  }

  #arrive(records: number): void {
    // Keys are hashed: every partition gets nearly the same.
    const share = Math.floor(records / PARTITIONS);
    const luckyFrom = this.#dice.below(PARTITIONS);
    for (const [index, queue] of this.partitions.entries())
      queue.arrive(share + ((index - luckyFrom + PARTITIONS) % PARTITIONS < records % PARTITIONS ? 1 : 0));
  }

  #work(pods: number): void {
    const plans = Array.from({ length: pods }, (_, pod) => this.#plan(pod, pods));
    const wanted = plans.reduce((sum, plan) => sum + plan.records, 0);
    const { slowSink } = this.#load;
    const sink = within(slowSink, this.second) ? slowSink!.recordsPerSecond : Infinity;
    const taken = Math.min(1, sink / Math.max(1, wanted));
    for (const { queues, records } of plans) workOff(queues, Math.floor(records * taken));
    // Who waits for the sink is busy.
    this.#busy = plans.map(({ records, able }) => (taken < 1 ? 1 : records / able));
  }

  #plan(pod: number, pods: number): { queues: readonly PartitionQueue[]; records: number; able: number } {
    const queues = this.partitions.filter((_, index) => index % pods === pod && !this.#isPoisoned(index));
    const able = POD_RECORDS_PER_SECOND * (0.95 + 0.1 * (this.#dice.uint32() / 2 ** 32));
    const waiting = queues.reduce((sum, queue) => sum + queue.lag, 0);
    return { queues, records: Math.min(waiting, Math.floor(able)), able };
  }

  #isPoisoned(partition: number): boolean {
    const { poisonedFrom } = this.#load;
    return partition === POISONED && poisonedFrom !== undefined && this.second >= poisonedFrom * 60;
  }
}

/** Each partition gets an even share, and what the emptier ones leave goes to the fuller. */
function workOff(queues: readonly PartitionQueue[], records: number): void {
  let left = records;
  const waiting = queues.toSorted((one, other) => one.lag - other.lag);
  for (const [index, queue] of waiting.entries()) {
    const done = Math.min(queue.lag, Math.floor(left / (waiting.length - index)));
    queue.work(done);
    left -= done;
  }
}
