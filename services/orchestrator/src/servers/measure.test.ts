import { expect, test } from 'vitest';
import type { Presence } from '@tillstream/runtime';
import { SILVER } from '../plan/stages.ts';
import { measure } from './measure.ts';
import { lagOf } from './snapshot.ts';

const NOW = 1_000_000;
const presence = (instance: string, at: number, busyMs: number, startedAt = 0): Presence => ({
  service: SILVER.name,
  instance,
  version: '1',
  startedAt,
  at,
  everyMs: 5000,
  state: 'running',
  partitions: [],
  turns: 0,
  lastTurnAt: 0,
  isTurning: false,
  busyMs,
});

/** Two partitions of each topic; in the second 30 records wait, the oldest for 12 s. */
const log = {
  offsets: async () => [
    { start: 5, end: 5 },
    { start: 0, end: 100 },
  ],
  committed: async () => [undefined, 70],
  read: async ({ nextOffset }: { readonly nextOffset: number }) => ({ timestamps: [NOW - 12_000], nextOffset }),
} as unknown as Parameters<typeof measure>[0];

test('lag is what was not committed, and the age of the oldest record where most waits', async () => {
  const stages = await measure(log, [], { earlier: [], now: NOW });
  expect([...stages.keys()]).toEqual(['bronze-ingester', 'silver-normalizer', 'gold-aggregator']);
  // Of two topics.
  expect(lagOf(stages.get(SILVER.name)!)).toEqual({ records: 60, seconds: 12 });
});

test('how busy a pod was is the difference of what it says twice, and nothing is made up for one that was restarted', async () => {
  const earlier = [presence('a', 1000, 500), presence('b', 1000, 900), presence('c', 1000, 0)];
  const now = [presence('a', 11_000, 8000), presence('b', 11_000, 20, 5000), presence('d', 11_000, 9)];
  const stages = await measure(log, now, { earlier, now: NOW });
  expect(stages.get(SILVER.name)!.busyRatios).toEqual([0.75]);
});
