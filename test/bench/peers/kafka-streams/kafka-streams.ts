import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, RunningContender } from '../contender.ts';
import { jvmCommand, prepareJvm, type JvmProgram } from '../jvm/jvm-program.ts';
import { groupProgress } from '../run/group-progress.ts';
import { createInventoryTable, inventoryTableOf } from '../run/inventory-table.ts';
import type { Place } from '../run/place.ts';
import { supervise } from '../run/supervised.ts';

export const KAFKA_STREAMS_PROGRAM: JvmProgram = {
  name: 'kafka-streams',
  folder: fileURLToPath(new URL('.', import.meta.url)),
  mainClass: 'peers.streams.Main',
  options: ['-Xms512m', '-Xmx2g', '-XX:+UseParallelGC'],
};

/** Of the application, and so of its group. */
const GROUP = 'kafka-streams';

const CONFIGURATION = [
  'Kafka Streams 4.1.2 on Java 17 (heap 2 GiB, parallel collector), one process with 2 stream threads; processors over in-memory stores with changelogs, all keys and values bytes.',
  'Step 1, by transaction: parse, fold, each (trans_id, item_id) once with its content, so that a conflicting copy goes to a topic of its own. Step 2, by store and item over a repartition topic: the latest count, and the changes since as one sum for each time.',
  'exactly_once_v2, for with at_least_once a crash between the changelog of what was seen and the line itself loses the line. Commit every 100 ms, cache 64 MiB, polls of 5,000 records, buffers of 10,000, producer batches of 256 KiB, static membership.',
  'Every 100 ms the keys that were touched go to ClickHouse as RowBinary, in one insert, into a ReplacingMergeTree; after a start all keys.',
  'Keeps current inventory (gold), and the conflicting copies. No validation, no raw records or lines in ClickHouse.',
];

const NOT_EXPRESSIBLE = [
  'A sink within its transactions: what is written to ClickHouse is absolute values, which a restart writes again.',
  'State that is larger than memory, with these stores; RocksDB would do it, for more CPU.',
];

export const KAFKA_STREAMS = contender({
  name: 'kafka-streams',
  title: 'Kafka Streams',
  parser: 'jackson',
  parsing: 'Records are bound to classes by Jackson 2.19.',
});

export const KAFKA_STREAMS_TUNED = contender({
  name: 'kafka-streams-tuned',
  title: 'Kafka Streams, hand-made parser',
  parser: 'hand',
  parsing:
    'As Kafka Streams, but records are read in place by a parser for the order of fields that tills write; what it does not expect goes to Jackson.',
});

type Variant = {
  readonly name: string;
  readonly title: string;
  readonly parser: 'jackson' | 'hand';
  readonly parsing: string;
};

function contender({ name, title, parser, parsing }: Variant): Contender {
  const table = inventoryTableOf(name);
  return {
    name,
    title,
    configuration: [parsing, ...CONFIGURATION],
    notExpressible: NOT_EXPRESSIBLE,
    inventory: table.view,
    prepare: async () => prepareJvm(KAFKA_STREAMS_PROGRAM),
    start: async ({ store, log, brokers, clickHouseUrl, folder }: Place): Promise<RunningContender> => {
      await createInventoryTable(store, table);
      const java = await jvmCommand(KAFKA_STREAMS_PROGRAM);
      const args = [brokers, clickHouseUrl, table.rows, join(folder, name), parser];
      return {
        ...supervise(() => java(args, join(folder, `${name}.log`))),
        progress: async () => groupProgress(log, { changes: GROUP, counts: GROUP }),
        isComplete: async () => true,
      };
    },
  };
}
