import { Roster } from '@tillstream/runtime';
import { connectNatsSignal } from '@tillstream/signal';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ChaosRun } from './support/chaos-run.ts';
import { expectExact, IS_SOAK } from './support/report.ts';

const BROKER_RESTARTS = 5;
const AWAY_SECONDS = IS_SOAK ? [1, 30, 120] : [1, 30];
/** Of six workers: fetched and decoded batches wait in them, bounded, and V8 lets garbage lie; the rest stays in Kafka. */
const MAX_GROWTH_BYTES = 6 * 40 * 2 ** 20;
const MIN_LINES_WITHOUT_NATS = 10_000;

test(`the broker restarted ${BROKER_RESTARTS} times, in order and by kill -9`, async () => {
  await using run = await ChaosRun.start();
  for (let round = 0; round < BROKER_RESTARTS; round++) {
    await run.pipeline.servers.restartKafka(round % 2 === 0 ? 'kill' : 'stop');
    await sleep(4000);
  }
  await expectExact(run, `broker restarts ×${BROKER_RESTARTS}`);
});

test.each(AWAY_SECONDS)('ClickHouse away for %i s', async (seconds) => {
  await using run = await ChaosRun.start({ recordsPerSecond: 2000 });
  const before = residentBytes(run);
  let during = 0;
  await run.pipeline.servers.restartClickHouse('kill', async () => {
    await sleep(seconds * 1000);
    during = residentBytes(run);
  });
  await expectExact(run, `ClickHouse away for ${seconds} s, ${megabytes(before)} before, ${megabytes(during)} then`);
  expect(run.restarts).toBe(0);
  expect(during - before).toBeLessThan(MAX_GROWTH_BYTES);
});

test('NATS killed, and back after 25 s and more: the flow goes on, and the workers are seen again', async () => {
  await using run = await ChaosRun.start();
  const { servers, store } = run.pipeline;
  const records = async (): Promise<number> => {
    const rows = await store.query<{ rows: string }>('SELECT count() AS rows FROM pos.inventory_change');
    return Number(rows[0]!.rows);
  };
  const before = await records();
  await servers.restartNats('kill', async () => {
    await sleep(25_000);
    await run.until('lines without NATS', async () => (await records()) >= before + MIN_LINES_WITHOUT_NATS);
  });
  await using cleanUp = new AsyncDisposableStack();
  const signal = await connectNatsSignal({ servers: [servers.natsAddress], name: 'test' });
  cleanUp.defer(async () => signal.close());
  const roster = new Roster({ signal, pipeline: 'demo', now: Date.now });
  await run.until('presence of all workers', async () => roster.members().length === 6, 30);
  await expectExact(run, 'NATS away for 25 s and 10,000 lines');
  expect(run.restarts).toBe(0);
});

function residentBytes(run: ChaosRun): number {
  const workers = run.pipeline.fleet.processes.filter(({ service }) => service !== 'generator');
  const sizes = workers.map(({ pid }) => /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')));
  return sizes.reduce((sum, size) => sum + Number(size?.[1] ?? 0) * 1024, 0);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
