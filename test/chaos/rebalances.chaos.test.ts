import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ChaosRun } from './support/chaos-run.ts';
import { expectExact, IS_SOAK } from './support/report.ts';

const REBALANCES = 20;
const ZOMBIES = IS_SOAK ? 20 : 4;
/** Longer than a session, which is 6 s here: its partitions are somebody else's when it wakes up. */
const STOPPED_MS = 10_000;
const STAGES = ['bronze-ingester', 'silver-normalizer', 'gold-aggregator'] as const;

test(`a third worker that joins and leaves, ${REBALANCES} times`, async () => {
  await using run = await ChaosRun.start();
  const { fleet } = run.pipeline;
  for (let round = 0; round < REBALANCES; round++) {
    const stage = STAGES[round % STAGES.length]!;
    const instance = `${stage}-extra-${round}`;
    fleet.start(stage, instance);
    await fleet.untilReady();
    await sleep(Math.random() * 1000);
    await fleet.retire(instance);
  }
  await expectExact(run, `rebalances ×${REBALANCES}`);
  expect(run.restarts).toBe(0);
});

test(`a worker that stands still, loses its partitions and wakes up, ${ZOMBIES} times`, async () => {
  await using run = await ChaosRun.start();
  for (let round = 0; round < ZOMBIES; round++) {
    const stage = STAGES[(round + 1) % STAGES.length]!;
    const [zombie] = run.pipeline.fleet.of(stage);
    zombie!.signal('SIGSTOP');
    await sleep(STOPPED_MS);
    zombie!.signal('SIGCONT');
    await sleep(2000);
  }
  await expectExact(run, `zombies ×${ZOMBIES}`);
});
