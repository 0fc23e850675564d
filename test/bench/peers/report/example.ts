import type { Conditions, RunFigures } from './results.ts';

/** Figures for tests of the report. */
export function runOf(transactionsPerSecond: number, freshness: number): RunFigures {
  const paced = {
    recordsPerSecond: 5000,
    sentPerSecond: 4990,
    startSeconds: 3,
    freshnessP50Seconds: freshness / 2,
    freshnessP99Seconds: freshness,
    questionSeconds: 0.012,
    cpuShareOfOneCore: 0.4,
  };
  const drain = {
    transactionsPerSecond,
    cpuSecondsPerMillion: 20,
    brokerCpuSecondsPerMillion: 3,
    harnessCpuSecondsPerMillion: 1,
    peakBytes: 2 ** 30,
    wholeSeconds: 40,
    readSeconds: 0.1,
    recoverySeconds: 12,
  };
  return { drain, atPace: paced, atHalf: paced };
}

export function conditionsOf(day = '2026-11-22'): Conditions {
  return {
    machine: {
      day,
      cores: 2,
      cpu: 'some CPU',
      memoryGibibytes: 24,
      kernel: '6.1',
      node: 'v24.21.0',
      java: '17.0.15',
      kafka: '4.1.2',
      clickHouse: '26.7.2',
      loadBefore: 7.3,
    },
    transactions: 50_000,
    records: 52_569,
    lines: 93_604,
    keys: 6000,
    pacedSeconds: 10,
    pace: 5000,
  };
}
