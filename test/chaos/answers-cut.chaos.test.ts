import { expect, test } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';
import { ChaosRun } from './support/chaos-run.ts';
import { expectExact } from './support/report.ts';

const CUTS = 50;

/** The server has done what was asked, and nobody hears of it: most of what the workers ask is an insert. */
test(`the answer of ClickHouse cut off after it was stored, ${CUTS} times`, async () => {
  // Before the run, so that it goes after it: the workers drain through it.
  await using proxies = new AsyncDisposableStack();
  let proxy: FaultProxy | undefined;
  await using run = await ChaosRun.start({
    env: async ({ clickHouseUrl }) => {
      proxy = proxies.use(await startFaultProxy(Number(new URL(clickHouseUrl).port)));
      return { CLICKHOUSE_URL: `http://127.0.0.1:${proxy.port}` };
    },
  });
  const cutting = proxy!;
  for (let cut = 0; cut < CUTS; cut++) {
    await cutting.set({ kind: cut % 2 === 0 ? 'cut' : 'reset', afterBytes: 0, times: 1 });
    await run.until('request to cut', async () => cutting.hits > 0);
  }
  await cutting.set({ kind: 'none' });
  await expectExact(run, `answers cut ×${CUTS}`);
  expect(run.restarts).toBe(0);
});
