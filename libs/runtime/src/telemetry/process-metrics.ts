import type { StoreWait } from '@tillstream/store';
import { collectDefaultMetrics, Gauge } from 'prom-client';
import type { WorkerState, WorkerStatus } from '../worker/worker.ts';
import type { Telemetry } from './telemetry.ts';

export type ProcessMetricsOptions = {
  readonly telemetry: Telemetry;
  readonly pipeline: string;
  /** Name of the process; a worker in it has its own. */
  readonly service: string;
  readonly version: string;
  readonly workers: () => readonly Pick<WorkerStatus, 'service' | 'state' | 'partitions'>[];
};

const STATES: readonly WorkerState[] = ['starting', 'recovering', 'running', 'paused', 'draining', 'stopped', 'failed'];

/**
 * What a process is and how it is, read at each scrape: version, state, partitions; its CPU, memory, age and event loop.
 * Returns what is to be told when the store makes it wait, and when that is over.
 */
export function exportProcessMetrics(options: ProcessMetricsOptions): (wait: Pick<StoreWait, 'over'>) => void {
  const { telemetry, pipeline, service, version, workers } = options;
  let isStoreWaiting = false;
  const { registry } = telemetry;
  const ofService = { pipeline, service };
  const gauge = (name: string, help: string, more: readonly string[], read: (gauge: Gauge) => void): void => {
    const labelNames = ['pipeline', 'service', ...more];
    const own: Gauge = new Gauge({ name, help, labelNames, registers: [registry], collect: () => read(own) });
  };
  gauge('tillstream_build_info', 'Always 1', ['version'], (info) => info.set({ ...ofService, version }, 1));
  gauge('tillstream_store_waiting', '1 while nothing can be written, because the store takes nothing', [], (waiting) =>
    waiting.set(ofService, isStoreWaiting ? 1 : 0),
  );
  gauge('tillstream_worker_state', '1 for the state that the worker is in, else 0', ['state'], (states) => {
    // Before the workers are there, the process stands in for them.
    states.reset();
    for (const worker of workers()) {
      for (const state of STATES) {
        states.set({ pipeline, service: worker.service, state }, worker.state === state ? 1 : 0);
      }
    }
  });
  gauge('tillstream_partitions', 'Partitions that the worker holds', [], (partitions) => {
    partitions.reset();
    for (const worker of workers()) partitions.set({ pipeline, service: worker.service }, worker.partitions.length);
  });
  // Their names are those of every process of Node, without a pipeline otherwise.
  collectDefaultMetrics({ register: registry, labels: ofService });
  return ({ over }) => {
    isStoreWaiting = !over;
  };
}
