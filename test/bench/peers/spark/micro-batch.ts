import { join } from 'node:path';
import type { Contender } from '../contender.ts';
import { inventoryTableOf } from '../run/inventory-table.ts';
import { checkpointProgress } from './checkpoint-progress.ts';
import { CONNECTOR_VERSION, installSpark, SPARK_VERSION } from './installed-spark.ts';
import { startStreaming } from './streaming.ts';

const RECORDS_PER_BATCH = 200_000;

const NAME = 'spark-micro-batch';
const TABLE = inventoryTableOf(NAME);

export const SPARK_MICRO_BATCH: Contender = {
  name: NAME,
  title: 'Spark Structured Streaming, micro-batch',
  configuration: [
    `Spark ${SPARK_VERSION} (Kafka connector ${CONNECTOR_VERSION}), Java, local[2], 2 shuffle partitions, driver of at most 2 GiB with the parallel collector.`,
    `One query over both topics, a batch after the other without a pause (processing time 0), at most ${RECORDS_PER_BATCH.toLocaleString('en-US')} records a batch.`,
    'from_json, fold and explode as SQL expressions; one transformWithState by (store_id, item_id) that knows the transactions seen, the latest count, the changes since; RocksDB state with changelog checkpoints on the local disk.',
    'A foreach writer sends the keys that a batch touched to ClickHouse over HTTP as RowBinary, into a ReplacingMergeTree.',
    'Keeps current inventory (gold) only. No validation, no quarantine.',
  ],
  notExpressible: [
    'The same in expressions alone: a sum that starts anew at a later count is no aggregate, and a stream-stream join needs a bound on lateness. So the last step is a class of Java.',
    'State of transactions that is bounded and exact: it grows with every line.',
  ],
  inventory: TABLE.view,
  prepare: async () => void (await installSpark()),
  start: async (place) =>
    startStreaming(place, {
      mode: 'micro-batch',
      table: TABLE,
      settings: { 'spark.master': 'local[2]' },
      recordsPerBatch: RECORDS_PER_BATCH,
      progress: async (folder) => checkpointProgress(join(folder, 'checkpoint')),
    }),
};
