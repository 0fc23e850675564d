import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ChaosRun } from './support/chaos-run.ts';
import { expectExact } from './support/report.ts';

const KILLS = 50;

/** Any worker, the generator too, at any moment: also while it starts, joins or rebuilds its state. */
test(`kill -9 of any worker, ${KILLS} times`, async () => {
  await using run = await ChaosRun.start();
  for (let kill = 0; kill < KILLS; kill++) {
    const { processes } = run.pipeline.fleet;
    processes[Math.floor(Math.random() * processes.length)]!.signal('SIGKILL');
    await sleep(Math.random() * 3000);
  }
  await expectExact(run, `kill -9 ×${KILLS}`);
  expect(run.restarts).toBeGreaterThan(KILLS / 2);
});
