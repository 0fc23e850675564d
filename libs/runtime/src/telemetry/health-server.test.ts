import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../errors.ts';
import type { WorkerStatus } from '../worker/worker.ts';
import { startHealthServer } from './health-server.ts';
import { Telemetry } from './telemetry.ts';

const WELL: WorkerStatus = {
  service: 'silver',
  state: 'running',
  partitions: [],
  turns: 1,
  lastTurnAt: 0,
  isTurning: false,
};

/** Asks a server whose workers are these; it is a minute since the epoch. */
async function ask(path: string, ...workers: readonly Partial<WorkerStatus>[]) {
  const server = await startHealthServer({
    port: 0,
    telemetry: new Telemetry('till'),
    workers: () => workers.map((worker) => ({ ...WELL, ...worker })),
    stuckAfterMs: 30_000,
    now: () => 60_000,
  });
  onTestFinished(async () => server.close());
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { connection: 'close' } });
  return { status: response.status, text: await response.text() };
}

describe('/healthz', () => {
  test.each([
    [200, 'a worker that idles for long', { lastTurnAt: 0 }],
    [200, 'a turn that has just begun', { isTurning: true, lastTurnAt: 59_000 }],
    [503, 'a turn that does not end', { isTurning: true, lastTurnAt: 30_000 }],
    [503, 'a worker that has failed', { state: 'failed' as const }],
    [200, 'a worker that recovers', { state: 'recovering' as const }],
  ])('says %i of %s', async (status, _, worker) => {
    expect((await ask('/healthz', worker)).status).toBe(status);
  });

  test('names the worker that is not well', async () => {
    const { status, text } = await ask('/healthz', { service: 'bronze' }, { service: 'gold', state: 'failed' });
    expect([status, text]).toEqual([503, 'bronze running\ngold failed !\n']);
  });
});

describe('/readyz', () => {
  test.each([
    [200, 'running'],
    [200, 'paused'],
    [503, 'starting'],
    [503, 'recovering'],
    [503, 'draining'],
    [503, 'stopped'],
    [503, 'failed'],
  ] as const)('says %i of a worker that is %s', async (status, state) => {
    expect((await ask('/readyz', {}, { state })).status).toBe(status);
  });
});

test('/metrics is for Prometheus', async () => {
  const { status, text } = await ask('/metrics?x=1');
  expect(status).toBe(200);
  expect(text).toContain('tillstream_freshness_seconds_count{pipeline="till"} 0');
});

test('another path says which there are', async () => {
  expect(await ask('/')).toEqual({ status: 404, text: 'try /healthz, /readyz or /metrics\n' });
});

test('a port that is taken is an error for the user', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const options = { port, telemetry: new Telemetry('till'), workers: () => [], stuckAfterMs: 1, now: Date.now };
  await expect(startHealthServer(options)).rejects.toThrow(UserError);
  await expect(startHealthServer(options)).rejects.toThrow(`port ${port} cannot be used`);
});
