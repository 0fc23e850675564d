import type { Dice } from '../../support/dice.ts';

/** What comes in, and what goes wrong, over one run. Times are minutes from its start. */
export type Load = {
  readonly name: string;
  readonly what: string;
  /** Records per second in that second. */
  readonly rate: (second: number, dice: Dice) => number;
  /** From then on nothing of one partition is worked off. */
  readonly poisonedFrom?: number;
  /** No metrics in between. */
  readonly metricsAway?: Span;
  /** All pods together write no more than so many records per second in between. */
  readonly slowSink?: Span & { readonly recordsPerSecond: number };
};

type Span = { readonly from: number; readonly to: number };

export const RUN_MINUTES = 90;

export const LOADS: readonly Load[] = [
  {
    name: 'step',
    what: '2,000 records/s, 8,000 from minute 30 to 60, 2,000 again',
    rate: (second, dice) => flicker(second >= 1800 && second < 3600 ? 8000 : 2000, dice),
  },
  {
    name: 'sine',
    what: 'between 1,000 and 8,000 records/s, once up and down an hour',
    rate: (second, dice) => flicker(sine(second), dice),
  },
  {
    name: 'bursts',
    what: '2,000 records/s, and 16,000 for a minute in every ten',
    rate: (second, dice) => flicker(second % 600 >= 300 && second % 600 < 360 ? 16_000 : 2000, dice),
  },
  {
    name: 'noisy',
    what: '4,000 records/s, each second anything up to 90 % more or less',
    rate: (_, dice) => 4000 * (0.1 + 1.8 * (dice.uint32() / 2 ** 32)),
  },
  {
    name: 'poison',
    what: '4,000 records/s; from minute 20 one partition stands still',
    rate: (_, dice) => flicker(4000, dice),
    poisonedFrom: 20,
  },
  {
    name: 'outage',
    what: 'the sine, without metrics from minute 20 to 30',
    rate: (second, dice) => flicker(sine(second), dice),
    metricsAway: { from: 20, to: 30 },
  },
  {
    name: 'slow sink',
    what: '4,000 records/s; from minute 20 to 50 the sink takes 3,000 in all',
    rate: (_, dice) => flicker(4000, dice),
    slowSink: { from: 20, to: 50, recordsPerSecond: 3000 },
  },
];

function sine(second: number): number {
  return 4500 - 3500 * Math.cos((second / 3600) * 2 * Math.PI);
}

/** No load is quite even: a tenth more or less. */
function flicker(rate: number, dice: Dice): number {
  return rate * (0.9 + 0.2 * (dice.uint32() / 2 ** 32));
}

export function within(span: Span | undefined, second: number): boolean {
  return span !== undefined && second >= span.from * 60 && second < span.to * 60;
}
