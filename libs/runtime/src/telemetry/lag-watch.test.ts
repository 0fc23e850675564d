import { openEmbeddedLog, RecordBatchBuilder, type Log } from '@tillstream/log';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LagWatch } from './lag-watch.ts';

const NOW = 100_000;
const folder = mkdtempSync(join(tmpdir(), 'tillstream-lag-'));
let log: Log;

beforeAll(async () => {
  log = await openEmbeddedLog({ path: join(folder, 'log.db') });
  await log.createTopics([
    { name: 'a', partitions: 3, cleanup: 'delete' },
    { name: 'b', partitions: 1, cleanup: 'delete' },
  ]);
});

afterAll(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

async function send(topic: string, partition: number, timestamps: readonly number[]): Promise<void> {
  const batch = new RecordBatchBuilder(topic, partition);
  for (const timestamp of timestamps) batch.append({ key: null, value: Buffer.from('x'), timestamp });
  await log.produce([batch.build()]);
}

async function lag(held: readonly (readonly [topic: string, partition: number])[]) {
  const found: unknown[] = [];
  const partitions = held.map(([topic, partition]) => ({ topic, partition }));
  const status = {
    service: 'silver',
    state: 'running',
    partitions,
    turns: 0,
    lastTurnAt: 0,
    isTurning: false,
  } as const;
  const telemetry = { lag: (...figures: unknown[]) => void found.push(figures) };
  await new LagWatch({ worker: { status: () => status }, log, telemetry, everyMs: 1, now: () => NOW }).check();
  return found;
}

test('lag is what waits in the partitions that are held, and the age of the oldest where most wait', async () => {
  expect(await lag([['a', 0]])).toEqual([['silver', { records: 0, seconds: 0 }]]);
  await send('a', 0, [40_000, 50_000, 60_000]);
  await send('a', 1, [10_000]);
  await send('b', 0, [99_000]);
  expect(await lag([])).toEqual([['silver', { records: 0, seconds: 0 }]]);
  expect(
    await lag([
      ['a', 0],
      ['b', 0],
    ]),
  ).toEqual([['silver', { records: 4, seconds: 60 }]]);
  expect(await lag([['a', 1]])).toEqual([['silver', { records: 1, seconds: 90 }]]);
  expect(await lag([['a', 2]])).toEqual([['silver', { records: 0, seconds: 0 }]]);
});

test('a record of a clock that is ahead is not older than now', async () => {
  await send('a', 2, [NOW + 5000]);
  expect(await lag([['a', 2]])).toEqual([['silver', { records: 1, seconds: 0 }]]);
});
