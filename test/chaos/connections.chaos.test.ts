import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@tillstream/stack';
import { expect, test } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';
import { ChaosRun } from './support/chaos-run.ts';
import { expectExact } from './support/report.ts';

const FAULTS = 20;

/** Before Kafka and before ClickHouse, in turn; half-open ones stay so until somebody gives them up. */
test(`delayed, reset and half-open connections, ${FAULTS} times`, async () => {
  const port = await freePort(0);
  await using kafka = await startFaultProxy(port);
  // Before the run, so that it goes after it: the workers drain through it.
  await using proxies = new AsyncDisposableStack();
  let clickHouseProxy: FaultProxy | undefined;
  await using run = await ChaosRun.start({
    kafkaPorts: { port, advertisedPort: kafka.port },
    env: async ({ clickHouseUrl }) => {
      clickHouseProxy = proxies.use(await startFaultProxy(Number(new URL(clickHouseUrl).port)));
      return { CLICKHOUSE_URL: `http://127.0.0.1:${clickHouseProxy.port}` };
    },
  });
  const clickHouse = clickHouseProxy!;
  const faults = [
    { kind: 'delay', milliseconds: 1500 },
    { kind: 'reset', afterBytes: 100, times: 3 },
    { kind: 'hang', times: 1 },
    { kind: 'refuse' },
  ] as const;
  for (let round = 0; round < FAULTS; round++) {
    const proxy = round % 2 === 0 ? kafka : clickHouse;
    await proxy.set(faults[Math.floor(round / 2) % faults.length]!);
    await sleep(1500 + Math.random() * 1500);
    await proxy.set({ kind: 'none' });
    await sleep(1000);
  }
  await expectExact(run, `connections disturbed ×${FAULTS}`);
  expect(run.restarts).toBeLessThan(FAULTS);
});
