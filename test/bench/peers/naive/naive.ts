import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, RunningContender } from '../contender.ts';
import { ChildProcess } from '../run/child-process.ts';
import { groupProgress } from '../run/group-progress.ts';
import { createInventoryTable, inventoryTableOf } from '../run/inventory-table.ts';
import type { Place } from '../run/place.ts';
import { supervise } from '../run/supervised.ts';
import type { NaiveOptions } from './main.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TABLE = inventoryTableOf('naive');

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
  inventory: TABLE.view,
  prepare: async () => undefined,
  start,
};

async function start({ log, store, brokers, clickHouseUrl, folder }: Place): Promise<RunningContender> {
  await createInventoryTable(store, TABLE);
  let starts = 0;
  const supervised = supervise(() => {
    const options: NaiveOptions = { brokers, clickHouseUrl, table: TABLE.rows, group: `naive-${++starts}` };
    return ChildProcess.node(MAIN, { args: [JSON.stringify(options)], output: { file: join(folder, 'naive.log') } });
  });
  return {
    ...supervised,
    progress: async () => groupProgress(log, { changes: `naive-${starts}`, counts: `naive-${starts}` }),
    isComplete: async () => true,
  };
}
