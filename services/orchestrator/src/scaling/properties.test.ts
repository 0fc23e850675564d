import fc from 'fast-check';
import { expect, test } from 'vitest';
import { largestShare } from './alignment.ts';
import { decideScaling } from './decide.ts';
import { NO_MEMORY, restoreScalingMemory, type ScalingMemory } from './memory.ts';
import type { GroupState, ScalingInput } from './observation.ts';
import { SCALING_DEFAULTS } from './policy.ts';
import { Bench } from './testing/bench.ts';

const GROUP_STATES: readonly GroupState[] = ['Stable', 'Stable', 'Stable', 'Empty', 'PreparingRebalance', 'Unknown'];

/** What may happen between two ticks, sense or nonsense. */
const step = fc.record({
  seconds: fc.integer({ min: 0, max: 200 }),
  grows: fc.integer({ min: 0, max: 5_000_000 }),
  done: fc.double({ min: -0.2, max: 1.5, noNaN: true }),
  busyRatios: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
  age: fc.option(fc.double({ min: 0, max: 10_000, noNaN: true }), { nil: undefined }),
  group: fc.constantFrom(...GROUP_STATES),
  replicas: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 8 }),
  allReady: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0),
  rolloutRunning: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
  metricsThere: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0),
  paused: fc.integer({ min: 0, max: 9 }).map((chance) => (chance === 0 ? 'somebody said so' : undefined)),
});

const settings = fc.record({
  partitions: fc.integer({ min: 1, max: 50 }),
  min: fc.integer({ min: 0, max: 30 }),
  more: fc.integer({ min: 0, max: 30 }),
  policy: fc.constantFrom('Auto', 'Auto', 'RecommendOnly'),
  windowSeconds: fc.constantFrom(30, 120, 600),
  scaleDownStabilizationSeconds: fc.constantFrom(0, 60, 600),
  maxScaleUpPercent: fc.constantFrom(1, 100, 1000),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never;
type Seen = {
  readonly input: ScalingInput;
  readonly before: ScalingMemory;
  readonly tick: ReturnType<typeof decideScaling>;
};

/** Every tick of a life in which the decisions are followed, unless somebody else sets the pods. */
function live(options: Settings, steps: readonly Step[]): readonly Seen[] {
  const ends = Array.from({ length: options.partitions }, () => 0);
  const committed = ends.map(() => 0);
  let memory = NO_MEMORY;
  let replicas = 2;
  let atMs = 0;
  return steps.map((now) => {
    atMs += now.seconds * 1000;
    replicas = now.replicas ?? replicas;
    for (const [partition, end] of ends.entries()) {
      committed[partition] = Math.max(
        0,
        Math.min(end, Math.floor(committed[partition]! + (end - committed[partition]!) * now.done)),
      );
      ends[partition] = end + Math.floor(now.grows / options.partitions);
    }
    const { partitions: _, min, more, policy, ...limits } = options;
    const input: ScalingInput = {
      atMs,
      policy: { ...SCALING_DEFAULTS, ...limits, policy },
      limits: { min, max: Math.max(1, min + more) },
      paused: now.paused,
      workload: {
        replicas,
        readyPods: now.allReady ? replicas : Math.floor(replicas / 2),
        rolloutRunning: now.rolloutRunning,
      },
      metrics: !now.metricsThere
        ? undefined
        : {
            measuredAtMs: atMs,
            group: now.group,
            partitions: ends.map((end, partition) => ({
              topic: 'any',
              partition,
              begin: 0,
              end,
              committed: committed[partition],
              oldestWaitingSeconds: now.age,
            })),
            busyRatios: now.busyRatios,
          },
    };
    const tick = decideScaling(input, memory);
    const seen = { input, before: memory, tick };
    memory = tick.memory;
    replicas = tick.decision.replicas;
    return seen;
  });
}

const lives = fc
  .tuple(settings, fc.array(step, { minLength: 1, maxLength: 60 }))
  .map(([options, steps]) => ({ options, seen: live(options, steps) }));

/** The ticks of many lives that some condition picks. */
function expectInLives(picked: (seen: Seen) => boolean, check: (seen: Seen, partitions: number) => void): void {
  const property = fc.property(lives, ({ options, seen }) => {
    for (const one of seen.filter(picked)) check(one, options.partitions);
  });
  fc.assert(property, { numRuns: 100 });
}

test('what is set is never above the maximum or the partitions, and never below the minimum', () => {
  expectInLives(
    ({ tick }) => tick.decision.action === 'Up' || tick.decision.action === 'Down',
    ({ input, tick }, partitions) => {
      const { limits, metrics } = input;
      const most = Math.min(limits.max, metrics === undefined ? Infinity : partitions);
      expect(tick.decision.replicas).toBeLessThanOrEqual(most);
      expect(tick.decision.replicas).toBeGreaterThanOrEqual(1);
      expect(tick.decision.replicas).toBeGreaterThanOrEqual(Math.min(most, limits.min));
    },
  );
});

test('what is recommended is within the same bounds', () => {
  expectInLives(
    ({ tick }) => tick.decision.action !== 'Hold',
    ({ input, tick }) => {
      expect(tick.decision.recommended).toBeLessThanOrEqual(input.limits.max);
      expect(tick.decision.recommended).toBeGreaterThanOrEqual(1);
    },
  );
});

test('what holds or keeps changes nothing, and what changes something changes it in its direction', () => {
  const direction = { Up: 1, Down: -1, Keep: 0, Hold: 0 };
  expectInLives(
    () => true,
    ({ input, tick: { decision } }) => {
      expect(Math.sign(decision.replicas - input.workload.replicas)).toBe(direction[decision.action]);
    },
  );
});

test('what only recommends changes nothing', () => {
  expectInLives(
    ({ input }) => input.policy.policy === 'RecommendOnly',
    ({ input, tick }) => expect(tick.decision.replicas).toBe(input.workload.replicas),
  );
});

test('who is paused or sees nothing holds, unless limits are broken', () => {
  expectInLives(
    ({ input }) => input.paused !== undefined,
    ({ tick }) => expect(tick.decision).toMatchObject({ action: 'Hold', reason: 'Paused' }),
  );
  expectInLives(
    ({ input, tick }) => input.metrics === undefined && tick.decision.recommended === input.workload.replicas,
    ({ tick }) => expect(tick.decision.action).toBe('Hold'),
  );
});

test('more pods for more work lower the share of the busiest one', () => {
  expectInLives(
    ({ input, tick: { decision } }) =>
      (decision.reason === 'LagAboveTarget' || decision.reason === 'PodsTooBusy') &&
      // The maximum may lie between two numbers that help.
      decision.replicas !== input.limits.max,
    ({ input, tick }, partitions) => {
      const before = largestShare(input.workload.replicas, partitions);
      expect(largestShare(tick.decision.replicas, partitions)).toBeLessThan(before);
    },
  );
});

test('a decision follows from its input and memory alone, and the memory outlives a restart', () => {
  fc.assert(
    fc.property(lives, ({ seen }) => {
      for (const { input, before, tick } of seen) {
        const frozen = deepFreeze(structuredClone({ input, before }));
        expect(decideScaling(frozen.input, frozen.before)).toEqual(tick);
        const restored = restoreScalingMemory(JSON.stringify(before));
        expect(decideScaling(input, restored)).toEqual(tick);
      }
    }),
    { numRuns: 30 },
  );
});

test('what is kept stays small', () => {
  fc.assert(
    fc.property(lives, ({ seen }) => {
      for (const { tick, input } of seen) {
        expect(tick.memory.samples.length).toBeLessThanOrEqual(input.policy.windowSeconds);
        expect(tick.memory.restartSeconds.length).toBeLessThanOrEqual(5);
      }
      const last = seen.at(-1)!.tick.memory;
      const pods = last.wants.map((want) => want.pods);
      expect(pods).toEqual([...new Set(pods)].toSorted((a, b) => b - a));
    }),
    { numRuns: 100 },
  );
});

test('an even load settles: after an hour nothing changes any more', () => {
  const even = fc.record({
    arrivals: fc.integer({ min: 0, max: 20_000 }),
    capacity: fc.integer({ min: 200, max: 3000 }),
    pods: fc.integer({ min: 1, max: 12 }),
    flicker: fc.array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), { minLength: 5, maxLength: 20 }),
  });
  fc.assert(
    fc.property(even, ({ arrivals, capacity, pods, flicker }) => {
      const bench = new Bench({ pods, partitions: 12, limits: { min: 1, max: 12 } });
      const settled: number[] = [];
      for (let tick = 0; tick < 480; tick++) {
        bench.tick({ arrivals: arrivals * flicker[tick % flicker.length]!, capacity });
        if (tick >= 240) settled.push(bench.pods);
      }
      expect(new Set(settled).size).toBe(1);
    }),
    { numRuns: 40 },
  );
});

test('memory that cannot be read is forgotten', () => {
  for (const json of [undefined, '', '{', '{}', '[]', '{"samples":"many"}'])
    expect(restoreScalingMemory(json)).toEqual(NO_MEMORY);
});

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
