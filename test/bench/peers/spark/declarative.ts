import { freePort } from '@tillstream/stack';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Contender, RunningContender } from '../contender.ts';
import { createInventoryTable, inventoryTableOf } from '../run/inventory-table.ts';
import type { Place } from '../run/place.ts';
import { checkpointProgress } from './checkpoint-progress.ts';
import { DeclarativeProcesses, type Project } from './declarative-processes.ts';
import { CONNECTOR_VERSION, installSpark, SPARK_VERSION } from './installed-spark.ts';
import { sparkSettings } from './settings.ts';

const PIPELINE = fileURLToPath(new URL('./pipeline/', import.meta.url));
const FILES = ['inventory.py', 'run.py'] as const;
const RECORDS_PER_BATCH = 200_000;
/** A flow each, which reads one of the topics. */
const STREAMING_TABLES = ['inventory_change', 'inventory_snapshot'] as const;

const NAME = 'spark-declarative';
const TABLE = inventoryTableOf(NAME);

export const SPARK_DECLARATIVE: Contender = {
  name: NAME,
  title: 'Spark Declarative Pipelines',
  configuration: [
    `pyspark[pipelines] ${SPARK_VERSION} (Kafka connector ${CONNECTOR_VERSION}); a Spark Connect server that stays (local[2], 2 shuffle partitions, at most 2 GiB with the parallel collector) and a Python process that runs the pipeline on it again and again, as \`spark-pipelines run\` does; Hive's catalog on Derby, since the default one forgets its tables.`,
    `Keeps lines (silver: streaming tables of Parquet; dropDuplicates by trans_id and item_id with RocksDB state; at most ${RECORDS_PER_BATCH.toLocaleString('en-US')} records of a topic in a batch), the latest counts and current inventory (gold: materialized views, which are computed anew in every run).`,
    'All of current inventory goes to ClickHouse after each run, by a data source of the benchmark over HTTP as RowBinary, into a ReplacingMergeTree. No Python works on data.',
    'No validation, no quarantine.',
  ],
  notExpressible: [
    'A flow that goes on: a run takes what there is, one level of the graph after the other, and ends.',
    'A materialized view that is kept up to date: it is computed whole, so a run costs more the longer the history.',
    'A materialized view in ClickHouse, or a sink for one (sinks take streams): so loading is a step of its own after each run.',
  ],
  inventory: TABLE.view,
  prepare: async () => void (await installSpark()),
  start,
};

async function start(place: Place): Promise<RunningContender> {
  const project = await createProject(place);
  await createInventoryTable(place.store, TABLE);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  let isStopping = false;
  const startProcesses = (): DeclarativeProcesses => {
    const started = DeclarativeProcesses.start(project);
    started.failed.catch(failure.reject);
    return started;
  };
  let processes = startProcesses();
  return {
    pids: () => processes.pids,
    progress: async () => progressOf(project.folder),
    isComplete: async () => true,
    async crash() {
      await processes.kill();
      if (!isStopping) processes = startProcesses();
    },
    async stop() {
      isStopping = true;
      await processes.kill();
    },
    failed: failure.promise,
  };
}

async function createProject(place: Place): Promise<Project> {
  const installed = await installSpark();
  const folder = join(place.folder, 'spark');
  await mkdir(folder);
  for (const name of FILES) await copyFile(join(PIPELINE, name), join(folder, name));
  const specification = {
    name: 'peers',
    storage: pathToFileURL(join(folder, 'storage')).href,
    database: 'default',
    libraries: [{ glob: { include: 'inventory.py' } }],
  };
  // YAML takes JSON.
  await writeFile(join(folder, 'spark-pipeline.yml'), JSON.stringify(specification));
  return {
    installed,
    folder,
    logFile: join(place.folder, 'spark.log'),
    port: await freePort(0),
    settings: {
      ...sparkSettings(folder),
      'spark.master': 'local[2]',
      'spark.sql.catalogImplementation': 'hive',
      'spark.hadoop.javax.jdo.option.ConnectionURL': `jdbc:derby:;databaseName=${folder}/metastore;create=true`,
    },
    env: {
      PEERS_BROKERS: place.brokers,
      PEERS_CLICKHOUSE_URL: place.clickHouseUrl,
      PEERS_TABLE: TABLE.rows,
      PEERS_RECORDS_PER_BATCH: String(RECORDS_PER_BATCH),
    },
  };
}

async function progressOf(folder: string): Promise<number> {
  const checkpoints = STREAMING_TABLES.map((table) =>
    join(folder, 'storage', '_checkpoints', 'spark_catalog', 'default', table, table, '0'),
  );
  const records = await Promise.all(checkpoints.map(checkpointProgress));
  return records.reduce((sum, each) => sum + each, 0);
}
