import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contender } from '../contender.ts';
import { inventoryTableOf } from '../run/inventory-table.ts';
import { CONNECTOR_VERSION, installSpark, SPARK_VERSION } from './installed-spark.ts';
import { startStreaming } from './streaming.ts';

const NAME = 'spark-real-time';
const TABLE = inventoryTableOf(NAME);

export const SPARK_REAL_TIME: Contender = {
  name: NAME,
  title: 'Spark Structured Streaming, real-time mode',
  configuration: [
    `Spark ${SPARK_VERSION} (Kafka connector ${CONNECTOR_VERSION}), Java, local[10]: eight readers of partitions and two tasks of state run all the time; driver of at most 2 GiB with the parallel collector.`,
    'The query of the micro-batch contender with Trigger.RealTime of 10 seconds, which is how often it checkpoints (the default of 5 minutes would have a killed driver repeat as much); update mode.',
    'The foreach writer sends the keys that were touched every 100 ms.',
    'Keeps current inventory (gold) only. No validation, no quarantine.',
  ],
  notExpressible: [
    'A join of streams, append mode, and foreachBatch: so changes and counts are one stream, and the writer is one row at a time with a buffer of its own.',
    'What a reader sees after a kill: records since the last checkpoint are worked off again, and until then it sees sums of the past.',
  ],
  inventory: TABLE.view,
  prepare: async () => void (await installSpark()),
  start: async (place) =>
    startStreaming(place, {
      mode: 'real-time',
      table: TABLE,
      settings: {
        'spark.master': 'local[10]',
        'spark.sql.streaming.stateStore.checkpointFormatVersion': '2',
      },
      recordsPerBatch: 0,
      progress: async (folder) => Number(await readFile(join(folder, 'progress'), 'utf8').catch(() => '0')),
    }),
};
