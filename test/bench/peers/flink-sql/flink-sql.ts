import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, RunningContender } from '../contender.ts';
import { jvmCommand, prepareJvm, type JvmProgram } from '../jvm/jvm-program.ts';
import { createInventoryTable, inventoryTableOf } from '../run/inventory-table.ts';
import type { Place } from '../run/place.ts';
import { supervise } from '../run/supervised.ts';

const NAME = 'flink-sql';
const TABLE = inventoryTableOf(NAME);

/** What Flink's own scripts open of Java 17. */
const OPENED = ['lang', 'lang.invoke', 'lang.reflect', 'math', 'net', 'nio', 'text', 'time', 'util', 'util.concurrent'];

const PROGRAM: JvmProgram = {
  name: NAME,
  folder: fileURLToPath(new URL('.', import.meta.url)),
  mainClass: 'peers.flink.Main',
  options: [
    '-Xms512m',
    '-Xmx3g',
    '-XX:+UseG1GC',
    ...OPENED.map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
  ],
};

export const FLINK_SQL: Contender = {
  name: NAME,
  title: 'Flink SQL',
  configuration: [
    'Flink 2.2.1 on Java 17 (one process, heap 3 GiB), Kafka connector 5.0.0-2.2, parallelism 2, mini-batches of 200 ms or 20,000 rows with two-phase aggregates, state on the heap, a checkpoint every 10 s; after a kill it starts from the last one.',
    'Each (trans_id, item_id) once by ROW_NUMBER over processing time, the latest count by ROW_NUMBER over time and position; the count and the changes since, by a join, are rows of one SUM. Nothing expires.',
    'The entries of a record are added up by a table function in Java; in SQL they would be grouped, and kept, a second time.',
    'Changes of the inventory go to ClickHouse as RowBinary by a sink function, the last value of each key every 100 ms in one insert, into a ReplacingMergeTree; there is no ClickHouse connector for SQL.',
    'Keeps current inventory (gold) only. No validation, no quarantine.',
  ],
  notExpressible: [
    'Quarantine of a conflicting copy: ROW_NUMBER keeps the first and the other silently loses. "First" is the first taken, which is the first in the log as long as copies share a partition.',
    'Forgetting changes that a newer count has absorbed: the join keeps every change for ever, and takes them out of the sum one by one when a count comes. In between readers can see part of it.',
    'A time to live of state would bound it, and would drop what is late.',
  ],
  inventory: TABLE.view,
  prepare: async () => prepareJvm(PROGRAM),
  start,
};

async function start({ store, brokers, clickHouseUrl, folder }: Place): Promise<RunningContender> {
  await createInventoryTable(store, TABLE);
  const java = await jvmCommand(PROGRAM);
  const ownFolder = join(folder, NAME);
  mkdirSync(ownFolder);
  const progressFile = join(ownFolder, 'progress');
  return {
    ...supervise(() => java([brokers, clickHouseUrl, TABLE.rows, ownFolder], join(folder, `${NAME}.log`))),
    // Since its last start; the offsets of its group follow at checkpoints only.
    progress: async () => (existsSync(progressFile) ? Number(readFileSync(progressFile, 'utf8')) : 0),
    isComplete: async () => true,
  };
}
