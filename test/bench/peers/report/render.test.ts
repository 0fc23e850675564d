import { expect, test } from 'vitest';
import { conditionsOf, runOf } from './example.ts';
import { renderReport } from './render.ts';
import type { PeerResult } from './results.ts';

const conditions = conditionsOf();
const naive: PeerResult = {
  name: 'naive',
  conditions,
  pairs: [
    { ours: runOf(80_000, 0.4), theirs: runOf(20_000, 0.8) },
    { ours: runOf(60_000, 0.5), theirs: runOf(12_000, Infinity) },
  ],
};

test('figures are medians with their range, ratios are of each pair', () => {
  const text = renderReport([naive]);
  expect(text).toContain(
    '| drained transactions/s | 70,000 (60,000 to 80,000) | 16,000 (12,000 to 20,000) | 0.23× (0.20× to 0.25×) |',
  );
  expect(text).toContain('| peak memory | 1.00 GiB | 1.00 GiB | 1.00× |');
});

test('who falls behind, who is wrong and who did not come to its end is said', () => {
  const text = renderReport([
    { name: 'clickhouse', conditions, wrong: 'after the drain: 7 differences' },
    naive,
    { name: 'kafka-streams', conditions, pairs: [], failed: 'java ended with 1' },
  ]);
  expect(text).toMatch(/freshness p99 at 5,000\/s .*not kept up/);
  expect(text).toContain('**Wrong answer**, not timed: after the drain: 7 differences.');
  expect(text).toContain('**Failed** after 0 pairs: java ended with 1.');
  expect(text).toContain('other work ran on the same cores');
  expect(text.indexOf('Against naive')).toBeLessThan(text.indexOf('Against ClickHouse'));
});

test('a sender that did not reach its rate leaves the freshness at that rate unmeasured', () => {
  const run = runOf(80_000, Number.NaN);
  expect(renderReport([{ name: 'naive', conditions, pairs: [{ ours: run, theirs: run }] }])).toContain(
    '| freshness p99 at 5,000/s | not measured | not measured | not measured |',
  );
});

test('the medians of the ratios come first, all contenders together', () => {
  const text = renderReport([naive, { name: 'clickhouse', conditions, wrong: 'by one' }]);
  expect(text).toContain('| naive TypeScript | 0.23× | 1.00× | 1.00× | ∞ | 1.00× |');
  expect(text).toContain('| ClickHouse Kafka engine | wrong answer | | | | |');
});

test('runs of different days keep their conditions', () => {
  const text = renderReport([naive, { name: 'clickhouse', conditions: conditionsOf('2026-12-01'), wrong: 'by one' }]);
  expect(text).toMatch(/\| naive TypeScript \| 2026-11-22 .*\n\| ClickHouse Kafka engine \| 2026-12-01 /);
});
