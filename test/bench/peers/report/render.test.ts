import { expect, test } from 'vitest';
import { renderReport } from './render.ts';
import type { PeersResult, RunFigures } from './results.ts';

const run = (transactionsPerSecond: number, freshness: number): RunFigures => {
  const paced = {
    transactionsPerSecond: 5000,
    startSeconds: 3,
    freshnessP50Seconds: freshness / 2,
    freshnessP99Seconds: freshness,
    cpuShareOfOneCore: 0.4,
  };
  const drain = {
    transactionsPerSecond,
    cpuSecondsPerMillion: 20,
    peakBytes: 2 ** 30,
    wholeSeconds: 40,
    readSeconds: 0.1,
    recoverySeconds: 12,
  };
  return { drain, atPace: paced, atHalf: paced };
};

const result: PeersResult = {
  machine: {
    day: '2026-11-22',
    cores: 2,
    cpu: 'some CPU',
    memoryGibibytes: 24,
    kernel: '6.1',
    node: 'v24.21.0',
    clickHouse: '26.7.2',
    loadBefore: 7.3,
  },
  transactions: 50_000,
  records: 52_569,
  lines: 93_604,
  keys: 6000,
  pairs: 2,
  pacedSeconds: 10,
  pace: 5000,
  peers: [
    {
      name: 'naive',
      pairs: [
        { ours: run(80_000, 0.4), theirs: run(20_000, 0.8) },
        { ours: run(60_000, 0.5), theirs: run(12_000, Infinity) },
      ],
    },
    { name: 'clickhouse', wrong: 'after the drain: 7 differences' },
  ],
};

test('figures are medians with their range, ratios are of each pair', () => {
  const text = renderReport(result);
  expect(text).toContain(
    '| drained transactions/s | 70,000 (60,000 to 80,000) | 16,000 (12,000 to 20,000) | 0.23× (0.20× to 0.25×) |',
  );
  expect(text).toContain('| peak memory | 1.00 GiB | 1.00 GiB | 1.00× |');
});

test('who falls behind, and who is wrong, is said', () => {
  const text = renderReport(result);
  expect(text).toMatch(/freshness p99 at 5,000\/s .*not kept up/);
  expect(text).toContain('**Wrong answer**, not timed: after the drain: 7 differences.');
  expect(text).toContain('other work ran on the same cores');
});
