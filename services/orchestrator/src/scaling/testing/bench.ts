import { decideScaling } from '../decide.ts';
import type { ScalingDecision } from '../decision.ts';
import { NO_MEMORY, type ScalingMemory } from '../memory.ts';
import type { PartitionOffsets, ScalingInput } from '../observation.ts';
import { SCALING_DEFAULTS } from '../policy.ts';

export const TICK_SECONDS = 15;

export type BenchOptions = {
  readonly pods?: number;
  readonly partitions?: number;
  readonly limits?: ScalingInput['limits'];
  readonly policy?: Partial<ScalingInput['policy']>;
};

/** What the world does during one tick. */
export type Tick = {
  /** Records per second. */
  readonly arrivals: number;
  /** What a pod can do, records per second. */
  readonly capacity?: number;
  /** What all pods together can do. */
  readonly sink?: number;
  /** Partitions of which nothing is worked off. */
  readonly stuck?: readonly number[];
  /** Changes to what the autoscaler gets to see. */
  readonly seen?: (input: ScalingInput) => ScalingInput;
};

/** A stage that does as it is told, one tick after the other, with the autoscaler that drives it. */
export class Bench {
  memory: ScalingMemory = NO_MEMORY;
  pods: number;
  atMs = 0;
  readonly #options: BenchOptions;
  readonly #ends: number[];
  readonly #committed: number[];

  constructor(options: BenchOptions = {}) {
    this.#options = options;
    this.pods = options.pods ?? 2;
    this.#ends = Array.from({ length: options.partitions ?? 24 }, () => 0);
    this.#committed = this.#ends.map(() => 0);
  }

  tick(tick: Tick): ScalingDecision {
    this.atMs += TICK_SECONDS * 1000;
    const busyRatio = this.#work(tick);
    const input = this.#input(tick.arrivals, busyRatio);
    const { decision, memory } = decideScaling(tick.seen?.(input) ?? input, this.memory);
    this.memory = memory;
    this.pods = decision.replicas;
    return decision;
  }

  /** Many ticks of the same kind. */
  minutes(count: number, tick: Tick): readonly ScalingDecision[] {
    return Array.from({ length: (count * 60) / TICK_SECONDS }, () => this.tick(tick));
  }

  #work({ arrivals, capacity = 1000, sink = Infinity, stuck = [] }: Tick): number {
    const count = this.#ends.length;
    const able = Math.min(this.pods * capacity, sink) * TICK_SECONDS;
    for (let partition = 0; partition < count; partition++) {
      this.#ends[partition]! += Math.floor((arrivals * TICK_SECONDS) / count);
    }
    let done = 0;
    for (const [partition, end] of this.#ends.entries()) {
      if (stuck.includes(partition)) continue;
      // The last tenth of a second is always under way.
      const waiting = Math.max(0, end - Math.floor(arrivals / count / 10) - this.#committed[partition]!);
      const worked = Math.min(waiting, Math.floor(able / count));
      this.#committed[partition]! += worked;
      done += worked;
    }
    if (this.pods === 0) return 0;
    return done >= able - count ? 1 : done / (this.pods * capacity * TICK_SECONDS);
  }

  #input(arrivals: number, busyRatio: number): ScalingInput {
    const { limits = { min: 1, max: 24 }, policy } = this.#options;
    return {
      atMs: this.atMs,
      policy: { ...SCALING_DEFAULTS, ...policy },
      limits,
      workload: { replicas: this.pods, readyPods: this.pods, rolloutRunning: false },
      metrics: {
        measuredAtMs: this.atMs,
        group: this.pods === 0 ? 'Empty' : 'Stable',
        partitions: this.#ends.map((end, partition) => this.#offsets(partition, end, arrivals)),
        busyRatios: Array.from({ length: this.pods }, () => busyRatio),
      },
    };
  }

  #offsets(partition: number, end: number, arrivals: number): PartitionOffsets {
    const committed = this.#committed[partition]!;
    const rate = arrivals / this.#ends.length;
    const oldestWaitingSeconds = rate === 0 ? undefined : (end - committed) / rate;
    return { topic: 'load', partition, begin: 0, end, committed, oldestWaitingSeconds };
  }
}
