import { pairedRatios, type Spread } from '../measure/statistics.ts';
import type { Conditions, PairResult, RunFigures } from './results.ts';

export type Figure = {
  readonly name: (conditions: Conditions) => string;
  readonly of: (run: RunFigures) => number;
  readonly text: (value: number) => string;
  /** Its name there. */
  readonly inSummary?: string;
};

const seconds = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)} s` : 'not kept up');
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Rows of the table of a contender. */
export const FIGURES: readonly Figure[] = [
  {
    name: () => 'drained transactions/s',
    of: ({ drain }) => drain.transactionsPerSecond,
    text: whole,
    inSummary: 'transactions/s',
  },
  {
    name: () => 'CPU-seconds per million',
    of: ({ drain }) => drain.cpuSecondsPerMillion,
    text: (value) => value.toFixed(1),
    inSummary: 'CPU',
  },
  {
    name: () => "broker's CPU-seconds per million",
    of: ({ drain }) => drain.brokerCpuSecondsPerMillion,
    text: (value) => value.toFixed(1),
  },
  {
    name: () => "the benchmark's own CPU-seconds per million",
    of: ({ drain }) => drain.harnessCpuSecondsPerMillion,
    text: (value) => value.toFixed(1),
  },
  {
    name: () => 'peak memory',
    of: ({ drain }) => drain.peakBytes,
    text: (value) => `${(value / 2 ** 30).toFixed(2)} GiB`,
    inSummary: 'peak memory',
  },
  {
    name: ({ pace }) => `freshness p50 at ${whole(pace)}/s`,
    of: ({ atPace }) => atPace.freshnessP50Seconds,
    text: seconds,
  },
  {
    name: ({ pace }) => `freshness p99 at ${whole(pace)}/s`,
    of: ({ atPace }) => atPace.freshnessP99Seconds,
    text: seconds,
    inSummary: 'freshness p99',
  },
  {
    name: ({ pace }) => `a reader's question at ${whole(pace)}/s`,
    of: ({ atPace }) => atPace.questionSeconds,
    text: (value) => `${(value * 1000).toFixed(0)} ms`,
  },
  {
    name: ({ pace }) => `CPU at ${whole(pace)}/s, of one core`,
    of: ({ atPace }) => atPace.cpuShareOfOneCore,
    text: (value) => `${(value * 100).toFixed(0)} %`,
  },
  {
    name: () => 'half of its own maximum, records/s',
    of: ({ atHalf }) => atHalf.recordsPerSecond,
    text: whole,
  },
  { name: () => 'what the sender came to there', of: ({ atHalf }) => atHalf.sentPerSecond, text: whole },
  { name: () => 'freshness p50 at that', of: ({ atHalf }) => atHalf.freshnessP50Seconds, text: seconds },
  { name: () => 'freshness p99 at that', of: ({ atHalf }) => atHalf.freshnessP99Seconds, text: seconds },
  {
    name: () => 'back after kill -9',
    of: ({ drain }) => drain.recoverySeconds,
    text: seconds,
    inSummary: 'back after kill -9',
  },
  { name: () => 'first sale visible after a start', of: ({ atPace }) => atPace.startSeconds, text: seconds },
  { name: () => 'whole drain, with starting', of: ({ drain }) => drain.wholeSeconds, text: seconds },
  { name: () => 'reading all of the inventory', of: ({ drain }) => drain.readSeconds, text: seconds },
];

/** What theirs is in units of ours; undefined where it was not measured. */
export function ratioOf({ of }: Figure, pairs: readonly PairResult[]): Spread | undefined {
  return pairedRatios(pairs.map((pair) => ({ ours: of(pair.ours), theirs: of(pair.theirs) })));
}
