import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ChaosRun } from './support/chaos-run.ts';
import { expectExact } from './support/report.ts';

const KILLS = 50;
const KILLS_TOGETHER = 20;

/** Any worker, the generator too, at any moment: also while it starts, joins or rebuilds its state. */
async function expectExactAfterKills(run: ChaosRun, times: number, what: string): Promise<void> {
  for (let kill = 0; kill < times; kill++) {
    const { processes } = run.pipeline.fleet;
    processes[Math.floor(Math.random() * processes.length)]!.signal('SIGKILL');
    await sleep(Math.random() * 3000);
  }
  await expectExact(run, `${what} ×${times}`);
  expect(run.restarts).toBeGreaterThan(times / 2);
}

test(`kill -9 of any worker, ${KILLS} times`, async () => {
  await using run = await ChaosRun.start();
  await expectExactAfterKills(run, KILLS, 'kill -9');
});

test(`kill -9 of two processes that each have all stages, ${KILLS_TOGETHER} times`, async () => {
  await using run = await ChaosRun.start({ together: true });
  await expectExactAfterKills(run, KILLS_TOGETHER, 'kill -9 of all stages');
});
