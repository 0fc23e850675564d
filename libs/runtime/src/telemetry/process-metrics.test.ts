import { expect, test } from 'vitest';
import type { WorkerStatus } from '../worker/worker.ts';
import { exportProcessMetrics } from './process-metrics.ts';
import { Telemetry } from './telemetry.ts';

const STATUS: WorkerStatus = {
  service: 'silver',
  state: 'running',
  partitions: [{ topic: 'a', partition: 0 }],
  turns: 1,
  lastTurnAt: 0,
  isTurning: false,
  busyMs: 0,
};

test('a process shows how it is at each scrape', async () => {
  const telemetry = new Telemetry('till');
  let worker = STATUS;
  const onStoreWait = exportProcessMetrics({
    telemetry,
    pipeline: 'till',
    service: 'silver',
    version: '1.2.3',
    workers: () => [worker],
  });
  const lines = async (): Promise<string[]> => (await telemetry.registry.metrics()).split('\n');
  const of = 'pipeline="till",service="silver"';
  expect(await lines()).toEqual(
    expect.arrayContaining([
      `tillstream_build_info{${of},version="1.2.3"} 1`,
      `tillstream_store_waiting{${of}} 0`,
      `tillstream_worker_state{${of},state="running"} 1`,
      `tillstream_worker_state{${of},state="recovering"} 0`,
      `tillstream_partitions{${of}} 1`,
      expect.stringMatching(`process_resident_memory_bytes{${of}} [0-9]+`),
    ]),
  );
  worker = { ...STATUS, state: 'recovering', partitions: [] };
  onStoreWait({ over: false });
  expect(await lines()).toEqual(
    expect.arrayContaining([
      `tillstream_store_waiting{${of}} 1`,
      `tillstream_worker_state{${of},state="running"} 0`,
      `tillstream_worker_state{${of},state="recovering"} 1`,
      `tillstream_partitions{${of}} 0`,
    ]),
  );
});

test('workers of one process have their own names, and nobody has the name of the process once they are there', async () => {
  const telemetry = new Telemetry('till');
  let workers: readonly WorkerStatus[] = [{ ...STATUS, service: 'standalone', state: 'starting', partitions: [] }];
  const options = { telemetry, pipeline: 'till', service: 'standalone', version: '1.2.3', workers: () => workers };
  exportProcessMetrics(options);
  const states = async (): Promise<string[]> =>
    (await telemetry.registry.metrics()).split('\n').filter((line) => /^tillstream_worker_state.* 1$/.test(line));
  const of = (service: string, state: string): string =>
    `tillstream_worker_state{pipeline="till",service="${service}",state="${state}"} 1`;
  expect(await states()).toEqual([of('standalone', 'starting')]);
  workers = [STATUS, { ...STATUS, service: 'gold', state: 'recovering' }];
  expect(await states()).toEqual([of('silver', 'running'), of('gold', 'recovering')]);
});
