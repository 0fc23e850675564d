import {
  DistributedPipeline,
  DISTRIBUTED_PARTITIONS,
  isDrained,
  prepareDataFolder,
  progressOf,
} from '@tillstream/demo';
import { writeReferenceData, type SyntheticOptions } from '@tillstream/generator';
import { audit } from '@tillstream/store';
import { constants } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchRetailer } from '../retailer.ts';
import { KAFKA_VERSION, loadedBroker } from './loaded-broker.ts';
import { costOf, costSince, type ProcessCost } from './process-cost.ts';

export type DrainOptions = {
  /** Loaded brokers are kept here; the rest is removed after each run. */
  readonly root: string;
  readonly transactions: number;
  readonly keys: number;
  readonly recentCopies: boolean;
  /** Processes of each stage. */
  readonly replicas: number;
  /** Whether the stages are one process. */
  readonly together: boolean;
  /** Where the services write their CPU profiles; undefined takes none. */
  readonly profileFolder: string | undefined;
};

export type DrainResult = {
  readonly records: number;
  readonly seconds: number;
  /** By process, servers included: from readiness over empty topics to the last commit. */
  readonly processes: ReadonlyMap<string, ProcessCost>;
  /** CPU-seconds of each service until it is ready. */
  readonly startUp: ReadonlyMap<string, number>;
  /** CPU-seconds of ClickHouse after the drain, until its merges are done. */
  readonly mergesAfterwards: number;
  readonly differences: number;
};

const POLL_MS = 100;
const IDLE_MS = 1000;
const IDLE_CPU_SECONDS = 0.1;

/** Has the services, a process of each, work off an input that lies in Kafka; all of it shares this machine. */
export async function runDrain(options: DrainOptions): Promise<DrainResult> {
  const input = inputOf(options);
  await mkdir(options.root, { recursive: true });
  const loaded = await loadedBroker(options.root, input, DISTRIBUTED_PARTITIONS);
  const startUp = await withPipeline(options, undefined, async (pipeline) => {
    await pipeline.fleet.untilReady();
    return new Map(pidsOf(pipeline).services.map(([name, pid]) => [name, costOf(pid).cpuSeconds]));
  });
  return withPipeline(options, loaded, async (pipeline) => measure(pipeline, startUp));
}

async function withPipeline<Result>(
  options: DrainOptions,
  loaded: string | undefined,
  work: (pipeline: DistributedPipeline) => Promise<Result>,
): Promise<Result> {
  const runFolder = await mkdtemp(join(options.root, 'run-'));
  const folder = prepareDataFolder(join(runFolder, 'data'), 'drain');
  await writeReferenceData(folder.reference, inputOf(options));
  if (loaded !== undefined) {
    await cp(loaded, join(folder.root, 'servers', 'kafka'), { recursive: true, mode: constants.COPYFILE_FICLONE });
  }
  const pipeline = await DistributedPipeline.open({
    folder,
    replicas: options.replicas,
    together: options.together,
    kafkaVersion: KAFKA_VERSION,
    env: async () => profiling(loaded === undefined ? undefined : options.profileFolder),
    onProgress: (line) => console.error(`  ${line}`),
  });
  try {
    pipeline.start();
    return await Promise.race([work(pipeline), pipeline.fleet.failed]);
  } finally {
    await pipeline.stop();
    await rm(runFolder, { recursive: true, force: true });
  }
}

async function measure(pipeline: DistributedPipeline, startUp: ReadonlyMap<string, number>): Promise<DrainResult> {
  const startedAt = performance.now();
  const { services, servers } = pidsOf(pipeline);
  const before = new Map(servers.map(([name, pid]) => [name, costOf(pid)]));
  while (!(await isDrained(pipeline.log))) await sleep(POLL_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const processes = new Map([
    ...services.map(([name, pid]): [string, ProcessCost] => {
      const cost = costOf(pid);
      return [name, { ...cost, cpuSeconds: cost.cpuSeconds - startUp.get(name)! }];
    }),
    ...servers.map(([name, pid]): [string, ProcessCost] => [name, costSince(before.get(name)!, costOf(pid))]),
  ]);
  const mergesAfterwards = await untilIdle(pipeline.servers.pids.clickhouse);
  const { differences } = await audit(pipeline.store);
  const { done: records } = await progressOf(pipeline.log, 'silver');
  return { records, seconds, processes, startUp, mergesAfterwards, differences };
}

/** CPU-seconds that the process takes until it has nothing to do. */
async function untilIdle(pid: number): Promise<number> {
  const first = costOf(pid).cpuSeconds;
  for (let before = first; ;) {
    await sleep(IDLE_MS);
    const now = costOf(pid).cpuSeconds;
    if (now - before < IDLE_CPU_SECONDS) return now - first;
    before = now;
  }
}

function pidsOf({ fleet, servers }: DistributedPipeline): {
  readonly services: readonly (readonly [name: string, pid: number])[];
  readonly servers: readonly (readonly [name: string, pid: number])[];
} {
  return {
    services: fleet.processes.map(({ instance, pid }) => [instance, pid] as const),
    servers: Object.entries(servers.pids),
  };
}

function profiling(folder: string | undefined): Readonly<Record<string, string>> {
  return folder === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` };
}

/** With late ones and counts in between. */
function inputOf(options: DrainOptions): Partial<SyntheticOptions> {
  const retailer = benchRetailer(options);
  return { ...retailer, countEveryDays: 5, faults: { ...retailer.faults!, late: 0.02, sameItemTwice: 0.02 } };
}
