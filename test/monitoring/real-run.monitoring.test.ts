import { openNatsSignal, sendCommand, silentLogger, Telemetry } from '@tillstream/runtime';
import { startPrometheus, type PrometheusServer } from '@tillstream/stack';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChaosRun } from '../chaos/support/chaos-run.ts';
import { askPrometheus, isFigure, metricNames } from './support/ask-prometheus.ts';
import { alerts, metricsIn, panelQueries } from './support/chart-files.ts';
import { documentedMetrics, exportedMetrics } from './support/exported-metrics.ts';
import { sendOddRecords } from './support/odd-records.ts';

const PIPELINE = 'demo';
const folder = mkdtempSync(join(tmpdir(), 'tillstream-monitoring-'));
let run: ChaosRun;
let prometheus: PrometheusServer;

/** A real run: every stage a process, on a real broker, ClickHouse and NATS, with all faults of the generator. */
beforeAll(async () => {
  const env = async () => ({ EXPECTATION_ACTIONS: 'known_item=drop', SILVER_LATE_AFTER_SECONDS: '60' });
  run = await ChaosRun.start({ replicas: 1, recordsPerSecond: 300, stores: 4, items: 50, env });
  const scrape = run.pipeline.fleet.processes.map(({ service, healthPort }) => ({ job: service, port: healthPort! }));
  prometheus = await startPrometheus({ folder, scrape });
  const { natsAddress } = run.pipeline.servers;
  const shared = { pipeline: PIPELINE, telemetry: new Telemetry(PIPELINE), logger: silentLogger() };
  const signal = await openNatsSignal({ ...shared, servers: [natsAddress], name: 'test', security: () => ({}) });
  await run.until('connection with NATS', async () => signal.isConnected);
  await sendCommand(
    signal,
    { pipeline: PIPELINE, service: 'gold-aggregator' },
    { command: 'status', timeoutMs: 30_000 },
  );
  await signal.close();
});

afterAll(async () => {
  await prometheus?.stop();
  await run?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('every query of every panel returns data', async () => {
  const queries = panelQueries('flow', PIPELINE);
  expect(queries.length).toBeGreaterThan(50);
  const [item] = await run.pipeline.store.query<{ id: number }>('SELECT min(item_id) AS id FROM pos.item');
  let empty = queries;
  let sent = 0;
  await run
    .until('data in every panel', async () => {
      await sendOddRecords(run.pipeline.log, ++sent, item!.id);
      const answers = await Promise.all(empty.map(async ({ expr }) => askPrometheus(prometheus.url, expr)));
      empty = empty.filter((_, index) => !answers[index]!.some(isFigure));
      return empty.length === 0;
    })
    .catch(() => undefined);
  expect(empty).toEqual([]);
});

test('alerts ask for metrics that there are', async () => {
  const names = await metricNames(prometheus.url);
  for (const { alert, expr } of alerts()) {
    expect(
      metricsIn(expr, 'flow').filter((name) => !names.has(name)),
      alert,
    ).toEqual([]);
    await askPrometheus(prometheus.url, expr);
  }
});

test('every metric is in the guide, and nothing else is', async () => {
  const ports = run.pipeline.fleet.processes.map(({ healthPort }) => healthPort!);
  expect(await exportedMetrics(ports)).toEqual(documentedMetrics('Of the stages and the generator'));
});

test('ClickHouse that is away raises its alert, and only as long as it is', async () => {
  const { expr } = alerts().find(({ alert }) => alert === 'TillstreamStoreWaiting')!;
  const isRaised = async () => (await askPrometheus(prometheus.url, expr)).length > 0;
  expect(await isRaised()).toBe(false);
  await run.pipeline.servers.restartClickHouse('kill', async () => run.until('alert', isRaised));
  await run.until('end of the alert', async () => !(await isRaised()));
});
