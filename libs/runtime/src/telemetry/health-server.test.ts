import { afterEach, expect, test } from 'vitest';
import type { WorkerStatus } from '../worker/worker.ts';
import { startHealthServer, type HealthServer } from './health-server.ts';
import { Telemetry } from './telemetry.ts';

let server: HealthServer | undefined;
afterEach(async () => server?.close());

const STATUS: WorkerStatus = {
  service: 'silver-normalizer',
  state: 'running',
  partitions: [],
  turns: 3,
  lastTurnAt: 1000,
  isTurning: false,
  busyMs: 0,
};

async function get(path: string, status: Partial<WorkerStatus>, now = 1000): Promise<{ code: number; text: string }> {
  const telemetry = new Telemetry('test');
  telemetry.count('silver-normalizer', [{ name: 'rows_late', dataset: 'inventory_change', value: 2 }]);
  const workers = () => [{ ...STATUS, ...status }];
  server = await startHealthServer({ port: 0, telemetry, workers, stuckAfterMs: 500, now: () => now });
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return { code: response.status, text: await response.text() };
}

test('a running worker is healthy and ready', async () => {
  expect(await get('/healthz', {})).toEqual({ code: 200, text: 'silver-normalizer running\n' });
});

test.for([
  ['/healthz', { state: 'failed' }, 1000, 503],
  ['/healthz', { state: 'recovering' }, 1000, 200],
  ['/readyz', { state: 'recovering' }, 1000, 503],
  ['/readyz', { state: 'paused' }, 1000, 200],
  ['/healthz', { isTurning: true }, 1499, 200],
  ['/healthz', { isTurning: true }, 1500, 503],
  ['/healthz', { isTurning: false }, 99_999, 200],
  ['/elsewhere', {}, 1000, 404],
] as const)('%s of %o at %i answers %i', async ([path, status, now, code]) => {
  expect((await get(path, status, now)).code).toBe(code);
});

test('metrics are what Prometheus reads', async () => {
  const { text } = await get('/metrics', {});
  expect(text).toContain(
    'tillstream_rows_late_total{pipeline="test",service="silver-normalizer",dataset="inventory_change",rule=""} 2',
  );
});

test('a port in use is named with the remedy', async () => {
  await get('/healthz', {});
  const { port } = server!;
  const options = { telemetry: new Telemetry('other'), workers: () => [], stuckAfterMs: 1, now: () => 0 };
  await expect(startHealthServer({ port, ...options })).rejects.toThrow(`port ${port} cannot be used`);
});
