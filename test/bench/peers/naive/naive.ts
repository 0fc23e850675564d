import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, RunningContender } from '../contender.ts';
import { ChildProcess } from '../run/child-process.ts';
import { groupProgress } from '../run/group-progress.ts';
import type { Place } from '../run/place.ts';
import type { NaiveOptions } from './main.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const DATABASE = 'naive';

export const NAIVE: Contender = {
  name: 'naive',
  title: 'naive TypeScript',
  configuration: [
    'kafkajs 2.2 with eachMessage, JSON.parse, a Set of identities, a Map of keys with their changes; one process.',
    'Every 250 ms the keys that were touched go to ClickHouse as JSONEachRow with @clickhouse/client, into a ReplacingMergeTree.',
    'Keeps current inventory (gold) only. No validation, no quarantine.',
  ],
  notExpressible: [
    'State that survives a crash: it lives in memory, so every start reads the topics from their beginning, and until it is through readers see sums of the past.',
    'More processes than one: each would have its own idea of what has been seen.',
  ],
  inventory: `${DATABASE}.inventory_current`,
  prepare: async () => undefined,
  start,
};

async function start(place: Place): Promise<RunningContender> {
  const { log, store, brokers, clickHouseUrl, folder } = place;
  await store.command(`CREATE DATABASE ${DATABASE}`);
  await store.command(
    `CREATE TABLE ${DATABASE}.inventory_rows (store_id Int32, item_id Int32, current_inventory Int64, version UInt64)
     ENGINE = ReplacingMergeTree(version) ORDER BY (store_id, item_id)`,
  );
  await store.command(
    `CREATE VIEW ${NAIVE.inventory} AS
     SELECT store_id, item_id, current_inventory FROM ${DATABASE}.inventory_rows FINAL`,
  );
  let starts = 0;
  let isStopping = false;
  const startProcess = (): ChildProcess => {
    const group = `naive-${++starts}`;
    const options: NaiveOptions = { brokers, clickHouseUrl, table: `${DATABASE}.inventory_rows`, group };
    return ChildProcess.node(MAIN, { args: [JSON.stringify(options)], output: { file: join(folder, 'naive.log') } });
  };
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  let process = startProcess();
  process.failed().catch(failure.reject);
  return {
    pids: () => [process.pid],
    progress: async () => groupProgress(log, { changes: `naive-${starts}`, counts: `naive-${starts}` }),
    isComplete: async () => true,
    async crash() {
      await process.end('SIGKILL');
      if (isStopping) return;
      process = startProcess();
      process.failed().catch(failure.reject);
    },
    async stop() {
      isStopping = true;
      await process.end('SIGKILL');
    },
    failed: failure.promise,
  };
}
