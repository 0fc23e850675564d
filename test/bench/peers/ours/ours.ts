import { Fleet, isDrained, progressOf, type ServiceName } from '@tillstream/demo';
import { writeReferenceData } from '@tillstream/generator';
import { setUp, VERSION } from '@tillstream/runtime';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, RunningContender } from '../contender.ts';
import { INPUT_ITEMS, PARTITIONS } from '../input/input.ts';
import type { Place } from '../run/place.ts';
import { PROBE_ITEMS } from '../run/probes.ts';

/** The items of the input, and those of the probes. */
const ITEMS = INPUT_ITEMS + PROBE_ITEMS;

/** One process for all stages, as every other contender is one. */
export const OURS: Contender = {
  name: 'tillstream',
  title: 'Tillstream',
  configuration: [
    `Version ${VERSION}: the service standalone, which is bronze, silver and gold in one process, with its default settings.`,
    'Keeps every record (bronze), every line (silver), quarantine and current inventory (gold) in ClickHouse over HTTP; publishes silver blocks and the gold change feed to Kafka. No NATS, so no live news.',
    'Turns start at least some 100 ms apart.',
  ],
  notExpressible: [],
  inventory: 'pos.inventory_current',
  prepare: async () => undefined,
  start: async (place) => start(place, ['standalone']),
};

/** What Kubernetes runs, where stages are scaled apart. */
export const OURS_APART: Contender = {
  ...OURS,
  name: 'tillstream-apart',
  title: 'Tillstream, a process of each stage',
  configuration: [
    'bronze-ingester, silver-normalizer and gold-aggregator, a process of each, with their default settings: what the chart deploys.',
    'Else as Tillstream.',
  ],
  start: async (place) => start(place, ['bronze-ingester', 'silver-normalizer', 'gold-aggregator']),
};

async function start(place: Place, services: readonly ServiceName[]): Promise<RunningContender> {
  const { log, store, brokers, clickHouseUrl, folder } = place;
  const referenceFolder = join(folder, 'reference');
  await writeReferenceData(referenceFolder, { items: ITEMS });
  await setUp({ log, store, partitions: PARTITIONS, referenceFolder, now: Date.now });
  const logFolder = join(folder, 'logs');
  mkdirSync(logFolder, { recursive: true });
  const fleet = new Fleet({
    env: {
      TILLSTREAM_PIPELINE: 'peers',
      KAFKA_BROKERS: brokers,
      KAFKA_COMPRESSION: 'none',
      KAFKA_REPLICATION_FACTOR: '1',
      TOPIC_PARTITIONS: String(PARTITIONS),
      CLICKHOUSE_URL: clickHouseUrl,
    },
    logFolder,
  });
  for (const service of services) fleet.start(service, `${service}-1`);
  return {
    pids: () => fleet.processes.map(({ pid }) => pid),
    progress: async () => (await progressOf(log, 'silver')).done,
    isComplete: async () => isDrained(log),
    async crash() {
      const killed = fleet.processes;
      for (const process of killed) process.signal('SIGKILL');
      await Promise.all(killed.map(async (process) => process.ended));
    },
    stop: async () => fleet.stop(),
    failed: fleet.failed,
  };
}
