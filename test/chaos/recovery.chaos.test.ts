import type { ServiceName } from '@tillstream/demo';
import { expect, test } from 'vitest';
import { ChaosRun } from './support/chaos-run.ts';
import { expectExact, IS_SOAK } from './support/report.ts';

const STAGES = ['bronze-ingester', 'silver-normalizer', 'gold-aggregator'] as const;
/**
 * The group's rebalance is on top: until the session of the killed worker is over. Elsewhere than in a soak run the
 * machine may be busy with anything: there only something that hangs fails, and the figures are printed.
 */
const WITHIN_SECONDS = IS_SOAK ? 5 : 30;
const WITHIN_SECONDS_OF_A_MILLION_KEYS = 15;

test.each(STAGES)('a killed %s works again soon after the rebalance', async (stage) => {
  await using run = await ChaosRun.start({ replicas: 1 });
  const { startSeconds, rebalanceSeconds, recoverySeconds } = await killAndWait(run, stage);
  const figures = `start ${startSeconds} s, rebalance ${rebalanceSeconds} s, state ${recoverySeconds} s`;
  await expectExact(run, `${stage} killed: ${figures}`);
  expect(startSeconds + recoverySeconds).toBeLessThan(WITHIN_SECONDS);
});

test.runIf(IS_SOAK)('gold with a million keys rebuilds them', async () => {
  const [stores, items] = [200, 5000];
  await using run = await ChaosRun.start({ replicas: 1, stores, items });
  await run.until('a million keys', async () => (await run.count('inventory_current')) === stores * items, 600);
  const { startSeconds, recoverySeconds } = await killAndWait(run, 'gold-aggregator');
  await expectExact(run, `gold with a million keys killed: start ${startSeconds} s, state ${recoverySeconds} s`);
  expect(startSeconds + recoverySeconds).toBeLessThan(WITHIN_SECONDS_OF_A_MILLION_KEYS);
});

type Line = { readonly time: string; readonly msg: string; readonly recoverySeconds?: number };

/** Kills the stage's only worker, and reads from the log of the next one what took how long. */
async function killAndWait(run: ChaosRun, stage: ServiceName) {
  const [killed] = run.pipeline.fleet.of(stage);
  const killedAt = Date.now();
  killed!.signal('SIGKILL');
  await killed!.ended;
  const line = (msg: string): Line | undefined => {
    const [next] = run.pipeline.fleet.of(stage);
    if (next === killed) return undefined;
    const lines = next!
      .output()
      .split('\n')
      .filter((text) => text.endsWith('}'));
    return lines.map((text) => JSON.parse(text) as Line).find((one) => one.msg === msg);
  };
  await run.until('next worker', async () => line('took over partitions') !== undefined);
  const startedAt = Date.parse(line('started')!.time);
  const { time, recoverySeconds } = line('took over partitions')!;
  const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;
  return {
    startSeconds: seconds(startedAt - killedAt),
    rebalanceSeconds: seconds(Date.parse(time) - startedAt - recoverySeconds! * 1000),
    recoverySeconds: recoverySeconds!,
  };
}
