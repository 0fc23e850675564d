import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { StoreClocks } from './store-clocks.ts';

vi.setConfig({ testTimeout: 60_000 });

const LIMIT = 1000;
const NOON = 12 * 3_600_000;

type Observation = readonly [store: number, time: number];

/** Late and ahead by store, without the stores that have none. */
function figuresOf(...observations: readonly Observation[]) {
  const clocks = new StoreClocks(LIMIT);
  for (const [store, time] of observations) clocks.observe(store, time);
  return Object.fromEntries(clocks.figures);
}

const MORNING: readonly Observation[] = [
  [1, NOON],
  [2, NOON],
  [3, NOON],
];

describe('clocks of stores', () => {
  test('a line is late when it lies behind its own store by more than the limit', () => {
    expect(figuresOf([1, 5000], [1, 4000], [1, 3999], [1, 6000], [1, 5000], [1, 4999])).toEqual({
      1: { late: 2, ahead: 0 },
    });
  });

  test('no line is late for another till of its store whose clock runs fast', () => {
    expect(figuresOf(...MORNING, [2, NOON + 9000], [2, NOON + 1])).toEqual({});
    expect(figuresOf(...MORNING, [2, NOON + 9000], [2, NOON])).toEqual({});
    expect(figuresOf(...MORNING, [2, NOON + 9000], [2, NOON - 1])).toEqual({ 2: { late: 1, ahead: 0 } });
  });

  test('no line is late for what another store has sent', () => {
    expect(figuresOf([1, NOON], [2, 0], [2, 1], [3, NOON / 2])).toEqual({});
  });

  test('a store alone is never ahead', () => {
    expect(figuresOf([1, 0], [1, NOON], [1, 2 * NOON])).toEqual({});
  });

  test('a clock that runs fast is ahead as soon as the others go on at the old time, line by line', () => {
    const fast: readonly Observation[] = [
      [2, NOON + 9000],
      [2, NOON + 9001],
    ];
    expect(figuresOf(...MORNING, ...fast)).toEqual({});
    expect(figuresOf(...MORNING, ...fast, [1, NOON + 1])).toEqual({ 2: { late: 0, ahead: 2 } });
    expect(figuresOf(...MORNING, ...fast, [1, NOON + 1], [3, NOON + 2], [2, NOON + 9002], [3, NOON + 3])).toEqual({
      2: { late: 0, ahead: 3 },
    });
  });

  test('a lead of no more than the limit is none', () => {
    expect(figuresOf(...MORNING, [2, NOON + LIMIT], [1, NOON + 1], [3, NOON + 2])).toEqual({});
  });

  test('the first to open in the morning is not ahead: the others catch up', () => {
    const nextDay = NOON + 86_400_000;
    expect(figuresOf(...MORNING, [1, nextDay], [1, nextDay + 1], [2, nextDay + 2], [3, nextDay + 3])).toEqual({});
  });

  test('a store that is behind itself is no witness', () => {
    const catchUp: readonly Observation[] = [
      [1, 3 * NOON],
      [2, 3 * NOON],
    ];
    expect(figuresOf(...MORNING, ...catchUp, [1, 3 * NOON + 5000], [3, NOON + 1])).toEqual({});
    expect(figuresOf(...MORNING, ...catchUp, [1, 3 * NOON + 5000], [2, 3 * NOON + 1])).toEqual({
      1: { late: 0, ahead: 1 },
    });
  });

  test('late lines are no witness either', () => {
    expect(figuresOf(...MORNING, [2, NOON + 9000], [1, NOON - 1], [3, NOON])).toEqual({});
  });

  test('late lines are counted as a model counts them, whatever comes', () => {
    const observation = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 6000 }));
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 60, size: 'max' }), (observations) => {
        const latest = new Map<number, number>();
        const late = new Map<number, number>();
        for (const [store, time] of observations) {
          const before = latest.get(store) ?? 0;
          const others = [...latest].filter(([other]) => other !== store).map(([, at]) => at);
          const credible = others.length === 0 ? before : Math.min(before, Math.max(...others) + LIMIT);
          if (time < credible - LIMIT) late.set(store, (late.get(store) ?? 0) + 1);
          latest.set(store, Math.max(before, time));
        }
        const counted = Object.entries(figuresOf(...observations)).filter(([, figures]) => figures.late > 0);
        expect(Object.fromEntries(counted.map(([store, figures]) => [store, figures.late]))).toEqual(
          Object.fromEntries(late),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('nobody is late or ahead while all clocks agree within the limit', () => {
    const observation = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: LIMIT }));
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 60, size: 'max' }), (observations) => {
        expect(figuresOf(...observations)).toEqual({});
      }),
      { numRuns: 1000 },
    );
  });
});
