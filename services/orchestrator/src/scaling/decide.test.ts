import { describe, expect, test } from 'vitest';
import type { ScalingDecision } from './decision.ts';
import type { ScalingInput } from './observation.ts';
import { Bench, TICK_SECONDS, type Tick } from './testing/bench.ts';

const condition = ({ conditions }: ScalingDecision, type: string): { status: string; reason: string } => {
  const { status, reason } = conditions.find((one) => one.type === type)!;
  return { status, reason };
};

const changes = (decisions: readonly ScalingDecision[]): string[] =>
  decisions.flatMap(({ action, replicas }) => (action === 'Up' || action === 'Down' ? [`${action} ${replicas}`] : []));

const metricsAway = (input: ScalingInput): ScalingInput => ({ ...input, metrics: undefined });

describe('more pods', () => {
  test('come when pods are too busy for two ticks, with the arithmetic', () => {
    const bench = new Bench({ pods: 3 });
    bench.minutes(5, { arrivals: 2000 });
    const [first, second] = [bench.tick({ arrivals: 2900 }), bench.tick({ arrivals: 2900 })];
    expect(first).toMatchObject({ action: 'Keep', reason: 'NotPressed' });
    expect(second).toMatchObject({ action: 'Up', replicas: 5, reason: 'PodsTooBusy' });
    expect(second.message).toMatch(
      /2 \d{3} records\/s arrive.* at 1 000 a pod 4\.\d pods -> 5 pods with at most 5 of 24 /,
    );
    expect(second.figures).toMatchObject({ podCapacity: expect.closeTo(1000, -1), partitions: 24 });
  });

  test('come in steps of at most the share that is allowed, with time in between', () => {
    const bench = new Bench({ pods: 2 });
    const decisions = bench.minutes(10, { arrivals: 8000 });
    expect(changes(decisions)).toEqual(['Up 4', 'Up 8', 'Up 12', 'Up 24']);
    const ups = decisions.flatMap(({ action }, index) => (action === 'Up' ? [index * TICK_SECONDS] : []));
    const gaps = ups.slice(1).map((seconds, index) => seconds - ups[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(90);
    expect(decisions.some(({ reason }) => reason === 'CoolingDown')).toBe(true);
  });

  test('a small step still goes to the next number that helps', () => {
    const bench = new Bench({ pods: 8, policy: { maxScaleUpPercent: 1 } });
    expect(changes(bench.minutes(5, { arrivals: 8500 }))[0]).toBe('Up 12');
  });

  test('do not come for a single bad reading', () => {
    const bench = new Bench({ pods: 3 });
    bench.minutes(5, { arrivals: 2000 });
    const decisions = [2900, 2000, 2900, 2000].map((arrivals) => bench.tick({ arrivals }));
    expect(changes(decisions)).toEqual([]);
  });

  test('are limited by the maximum, which is said', () => {
    const bench = new Bench({ pods: 2, limits: { min: 1, max: 4 } });
    const last = bench.minutes(10, { arrivals: 8000 }).at(-1)!;
    expect(last.replicas).toBe(4);
    expect(condition(last, 'ScalingLimited')).toEqual({ status: 'True', reason: 'AtMax' });
  });

  test('are limited by the partitions, which is said', () => {
    const bench = new Bench({ pods: 2, partitions: 4 });
    const last = bench.minutes(10, { arrivals: 8000 }).at(-1)!;
    expect(last.replicas).toBe(4);
    expect(condition(last, 'ScalingLimited')).toEqual({ status: 'True', reason: 'TooManyPartitionsNeeded' });
  });

  test('come by lag alone where pods do not tell how busy they are', () => {
    const bench = new Bench({ pods: 2 });
    const seen = (input: ScalingInput): ScalingInput => ({ ...input, metrics: { ...input.metrics!, busyRatios: [] } });
    expect(changes(bench.minutes(10, { arrivals: 5000, seen })).slice(0, 2)).toEqual(['Up 4', 'Up 8']);
  });
});

describe('more pods that would not help', () => {
  test('are blocked after two steps that brought nothing, until the pods do more', () => {
    const bench = new Bench({ pods: 3 });
    const slow = bench.minutes(60, { arrivals: 4000, sink: 2500 });
    expect(changes(slow)).toEqual(['Up 6', 'Up 12']);
    expect(slow.at(-1)).toMatchObject({ action: 'Keep', reason: 'IneffectiveScaleUp' });
    expect(condition(slow.at(-1)!, 'ScalingLimited')).toEqual({ status: 'True', reason: 'IneffectiveScaleUp' });
    expect(changes(bench.minutes(5, { arrivals: 4000 }))).toEqual(['Up 24']);
  });

  test('are blocked when the next stage could not take more', () => {
    const bench = new Bench({ pods: 2 });
    const seen = (input: ScalingInput): ScalingInput => ({ ...input, downstream: 'gold is late' });
    const decisions = bench.minutes(10, { arrivals: 8000, seen });
    expect(changes(decisions)).toEqual([]);
    expect(decisions.at(-1)).toMatchObject({
      reason: 'DownstreamBound',
      message: expect.stringContaining('gold is late'),
    });
  });

  test('are blocked while the pods there are do nothing', () => {
    const bench = new Bench({ pods: 2 });
    bench.minutes(5, { arrivals: 1000 });
    const decisions = bench.minutes(20, { arrivals: 1000, sink: 0 });
    expect(changes(decisions).length).toBeLessThanOrEqual(1);
    expect(decisions.at(-1)!.reason).toBe('NoProgress');
  });
});

describe('fewer pods', () => {
  test('come when they were enough for ten minutes, and not all at once', () => {
    const bench = new Bench({ pods: 12 });
    const decisions = bench.minutes(30, { arrivals: 1200 });
    expect(changes(decisions)).toEqual(['Down 6', 'Down 3', 'Down 2']);
    const first = decisions.findIndex(({ action }) => action === 'Down');
    expect(first * TICK_SECONDS).toBeGreaterThanOrEqual(600);
  });

  test('do not come while a peak comes back more often than that', () => {
    const bench = new Bench({ pods: 12 });
    const day: Tick[] = Array.from({ length: 240 }, (_, tick) => ({ arrivals: tick % 36 < 12 ? 8000 : 1000 }));
    expect(changes(day.map((tick) => bench.tick(tick)))).toEqual([]);
  });

  test('do not come after a silence in which nobody knows what was wanted', () => {
    const bench = new Bench({ pods: 12 });
    bench.minutes(9, { arrivals: 2000 });
    bench.minutes(5, { arrivals: 2000, seen: metricsAway });
    expect(changes(bench.minutes(9, { arrivals: 2000 }))).toEqual([]);
    expect(changes(bench.minutes(3, { arrivals: 2000 }))).toEqual(['Down 6']);
  });
});

describe('hold', () => {
  const stage = (changed: Partial<ScalingInput['workload']>) => (input: ScalingInput) => ({
    ...input,
    workload: { ...input.workload, ...changed },
  });
  test.each<[string, (input: ScalingInput) => ScalingInput]>([
    ['MetricsUnavailable', metricsAway],
    ['MetricsUnavailable', (input) => ({ ...input, atMs: input.atMs + 61_000 })],
    ['MetricsUnavailable', (input) => ({ ...input, metrics: { ...input.metrics!, partitions: [] } })],
    ['Rebalancing', (input) => ({ ...input, metrics: { ...input.metrics!, group: 'PreparingRebalance' } })],
    ['RolloutRunning', stage({ rolloutRunning: true })],
    ['PodsNotReady', stage({ readyPods: 1 })],
    ['Paused', (input) => ({ ...input, paused: 'somebody said so' })],
  ])('%s: nothing changes, whatever the lag', (reason, seen) => {
    const bench = new Bench({ pods: 2 });
    bench.minutes(1, { arrivals: 1000 });
    const decisions = bench.minutes(10, { arrivals: 20_000, seen });
    expect(new Set(decisions.map(({ action, replicas }) => `${action} ${replicas}`))).toEqual(new Set(['Hold 2']));
    expect(condition(decisions.at(-1)!, 'ScalingActive')).toEqual({ status: 'False', reason });
  });

  test('the first tick measures', () => {
    expect(new Bench().tick({ arrivals: 8000 })).toMatchObject({ action: 'Hold', reason: 'Measuring' });
  });
});

describe('limits', () => {
  test.each([
    [1, { min: 3, max: 6 }, 'Up 3', 'BelowMinimum'],
    [0, { min: 0, max: 6 }, 'Up 1', 'BelowMinimum'],
    [9, { min: 3, max: 6 }, 'Down 6', 'AboveMaximum'],
    [30, { min: 1, max: 40 }, 'Down 24', 'AboveMaximum'],
  ])('%i pods within %o: %s', (pods, limits, change, reason) => {
    const decision = new Bench({ pods, limits }).tick({ arrivals: 1000 });
    expect(changes([decision])).toEqual([change]);
    expect(decision.reason).toBe(reason);
  });

  test('hold without metrics, too', () => {
    const decision = new Bench({ pods: 1, limits: { min: 3, max: 6 } }).tick({ arrivals: 1000, seen: metricsAway });
    expect(changes([decision])).toEqual(['Up 3']);
  });
});

test('recommend only: nothing changes, and it is said what would', () => {
  const bench = new Bench({ pods: 2, policy: { policy: 'RecommendOnly' } });
  const decisions = bench.minutes(10, { arrivals: 3000 });
  expect(changes(decisions)).toEqual([]);
  const recommending = decisions.filter(({ reason }) => reason === 'RecommendOnly');
  expect(recommending[0]).toMatchObject({ replicas: 2, message: expect.stringContaining('would set 4 pods') });
  expect(decisions.at(-1)!.recommended).toBeGreaterThan(4);
});

describe('a partition that stands still', () => {
  test('adds no pods, and is named after five minutes', () => {
    const bench = new Bench({ pods: 3 });
    bench.minutes(5, { arrivals: 2000 });
    const decisions = bench.minutes(60, { arrivals: 2000, stuck: [7] });
    expect(changes(decisions)).toEqual([]);
    expect(decisions.at(-1)!.figures?.stuckPartitions).toEqual(['load/7']);
    expect(condition(decisions.at(-1)!, 'LagWithinTarget')).toEqual({ status: 'False', reason: 'PartitionStuck' });
    const named = decisions.findIndex(({ figures }) => figures!.stuckPartitions.length > 0);
    expect(named * TICK_SECONDS).toBeCloseTo(300, -2);
  });

  test('is forgotten when it moves again', () => {
    const bench = new Bench({ pods: 4 });
    bench.minutes(10, { arrivals: 2000, stuck: [7] });
    expect(bench.minutes(15, { arrivals: 2000 }).at(-1)!.figures?.stuckPartitions).toEqual([]);
  });

  test('all that stand still are not stuck: then it is the stage', () => {
    const bench = new Bench({ pods: 4 });
    bench.minutes(5, { arrivals: 2000 });
    expect(bench.minutes(10, { arrivals: 2000, sink: 0 }).at(-1)!.figures?.stuckPartitions).toEqual([]);
  });
});

test('there is always a pod, whatever the minimum, and however little there is to do', () => {
  const bench = new Bench({ pods: 4, limits: { min: 0, max: 24 } });
  bench.minutes(2, { arrivals: 3000 });
  expect(bench.minutes(60, { arrivals: 0 }).at(-1)!.replicas).toBe(1);
});

describe('the capacity of a pod', () => {
  test('is not taken for less because there is less to do', () => {
    const bench = new Bench({ pods: 3, limits: { min: 3, max: 24 } });
    bench.minutes(5, { arrivals: 2400 });
    // Small batches: a record costs ten times as much.
    expect(bench.minutes(20, { arrivals: 150, capacity: 100 }).at(-1)!.figures?.podCapacity).toBeCloseTo(1000, -1);
  });

  test('is measured anew when busy pods do less', () => {
    const bench = new Bench({ pods: 3 });
    bench.minutes(5, { arrivals: 2400 });
    const decisions = bench.minutes(3, { arrivals: 2400, capacity: 500 });
    expect(decisions.at(-1)!.figures!.podCapacity).toBeLessThan(700);
  });
});

test('how long a change interrupts is measured, and the longest of the last counts', () => {
  const starting = (input: ScalingInput): ScalingInput => ({ ...input, workload: { ...input.workload, readyPods: 2 } });
  const bench = new Bench({ pods: 2 });
  bench.tick({ arrivals: 3000 });
  while (bench.pods === 2) bench.tick({ arrivals: 3000 });
  for (let tick = 0; tick < 4; tick++) bench.tick({ arrivals: 3000, seen: starting });
  expect(bench.tick({ arrivals: 3000 }).figures?.restartSeconds).toBe(75);
  // The next change takes effect at once.
  const later = bench.minutes(20, { arrivals: 7000 });
  expect(changes(later).length).toBeGreaterThan(0);
  expect(later.at(-1)!.figures?.restartSeconds).toBe(75);
});
