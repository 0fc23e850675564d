import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../errors.ts';
import type { WorkerStatus } from '../worker/worker.ts';
import type { Telemetry } from './telemetry.ts';

export type HealthServerOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  readonly telemetry: Pick<Telemetry, 'registry'>;
  readonly workers: () => readonly WorkerHealth[];
  /** A loop that has not turned for this long while it has work is stuck. */
  readonly stuckAfterMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** What of a worker says how it is. */
type WorkerHealth = Pick<WorkerStatus, 'service' | 'state' | 'lastTurnAt' | 'isTurning'>;

export type HealthServer = { readonly port: number; close(): Promise<void> };

/**
 * `/healthz`: no worker has failed and no loop is stuck. `/readyz`: every worker has caught up with its recovery.
 * `/metrics`: for Prometheus. Only on the loopback address unless a cluster's probes need more.
 */
export async function startHealthServer(options: HealthServerOptions, host = '127.0.0.1'): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(options, request.url ?? '/', response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new UserError(`port ${options.port} cannot be used for health and metrics: choose another`, { cause }));
    });
    server.listen(options.port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function answer(options: HealthServerOptions, url: string, response: ServerResponse): Promise<void> {
  const workers = options.workers();
  switch (url.replace(/\?.*/, '')) {
    case '/healthz':
      return report(response, workers, (worker) => isAlive(worker, options));
    case '/readyz':
      return report(response, workers, ({ state }) => state === 'running' || state === 'paused');
    case '/metrics':
      response.writeHead(200, { 'content-type': options.telemetry.registry.contentType });
      response.end(await options.telemetry.registry.metrics());
      return;
    default:
      response.writeHead(404).end('try /healthz, /readyz or /metrics\n');
  }
}

function isAlive({ state, lastTurnAt, isTurning }: WorkerHealth, { stuckAfterMs, now }: HealthServerOptions): boolean {
  if (state === 'failed') return false;
  return !isTurning || now() - lastTurnAt < stuckAfterMs;
}

function report(
  response: ServerResponse,
  workers: readonly WorkerHealth[],
  isWell: (worker: WorkerHealth) => boolean,
): void {
  response.writeHead(workers.every(isWell) ? 200 : 503, { 'content-type': 'text/plain' });
  response.end(workers.map((worker) => `${worker.service} ${worker.state}${isWell(worker) ? '' : ' !'}\n`).join(''));
}
