import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { askPrometheus, isFigure, metricNames } from './support/ask-prometheus.ts';
import { alerts, metricsIn, panelQueries } from './support/chart-files.ts';
import { documentedMetrics, exportedMetrics } from './support/exported-metrics.ts';
import { OperatorRun } from './support/operator-run.ts';

let run: OperatorRun;

/** A real operator with a real API server that fails it now and then, real servers and stages. */
beforeAll(async () => {
  run = await OperatorRun.start();
}, 300_000);

afterAll(async () => {
  await run?.[Symbol.asyncDispose]();
});

async function samples(expr: string) {
  return askPrometheus(run.prometheus.url, expr);
}

test('every query of every panel of the operator returns data', { timeout: 400_000 }, async () => {
  let empty = panelQueries('operator', '.+');
  expect(empty.length).toBeGreaterThan(15);
  const look = async () => {
    const answers = await Promise.all(empty.map(async ({ expr }) => samples(expr)));
    empty = empty.filter((_, index) => !answers[index]!.some(isFigure));
    expect(empty).toEqual([]);
  };
  await vi.waitFor(look, { timeout: 380_000, interval: 1000 });
});

test('alerts ask for metrics of the operator that there are', async () => {
  const names = await metricNames(run.prometheus.url);
  for (const { alert, expr } of alerts()) {
    expect(
      metricsIn(expr, 'operator').filter((name) => !names.has(name)),
      alert,
    ).toEqual([]);
  }
});

test.each([
  ['TillstreamRunMissed', 'away'],
  ['TillstreamPipelineNotReady', 'away'],
  ['TillstreamScalingLimited', 'busy'],
])('what raises %s is seen of the pipeline %s, and of no other', async (name, pipeline) => {
  const { expr } = alerts().find(({ alert }) => alert === name)!;
  await vi.waitFor(
    async () => {
      const found = await samples(expr);
      expect([...new Set(found.map(({ metric }) => metric['pipeline']))]).toEqual([pipeline]);
    },
    { timeout: 100_000, interval: 1000 },
  );
});

test('every metric of the operator is in the guide, and nothing else is', async () => {
  // It starts anew when it loses its lease, which faults may bring about.
  await vi.waitFor(
    async () => expect(await exportedMetrics([run.operatorPort])).toEqual(documentedMetrics('Of the operator')),
    { timeout: 100_000, interval: 1000 },
  );
});
