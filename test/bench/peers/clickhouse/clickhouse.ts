import type { Contender, RunningContender } from '../contender.ts';
import { groupProgress } from '../run/group-progress.ts';
import type { Place } from '../run/place.ts';
import { DATABASE, engineStatements, GROUPS } from './tables.sql.ts';

export const CLICKHOUSE: Contender = {
  name: 'clickhouse',
  title: 'ClickHouse Kafka engine',
  configuration: [
    'Two Kafka tables (RawBLOB; flush 500 ms, blocks of 131,072 rows, polls of 65,536, 2 consumers for changes and 1 for counts, a thread each) and materialized views, within the ClickHouse that is also the sink.',
    'Keeps every record (bronze, ReplacingMergeTree by partition and offset), and every line (silver: JSONExtract, sumMap over the entries, ReplacingMergeTree by identity in which the first in the log wins).',
    "Merges as in Tillstream's tables. Blocks are searched for copies before they are stored (`optimize_on_insert`, the default): a Kafka table has no place to say otherwise, and Tillstream's inserts do.",
    'Current inventory (gold) is a view that is computed exactly when it is read; "reading all of it" is its price.',
  ],
  notExpressible: [
    'Exact gold that is kept: a summing view adds before duplicates are known, and does not know of later counts. A refreshable view computes all of it anew each time.',
    'Validation with reasons, quarantine, and the refusal of a conflicting copy: a copy with another content silently loses.',
    "The group's session timeout is librdkafka's own, 45 s; it cannot be set with the table.",
  ],
  inventory: `${DATABASE}.inventory_current`,
  prepare: async () => undefined,
  start,
};

async function start(place: Place): Promise<RunningContender> {
  const { store, log, brokers } = place;
  for (const statement of engineStatements(brokers)) await store.command(statement);
  return {
    // The sink is all there is.
    pids: () => [],
    progress: async () => groupProgress(log, GROUPS),
    isComplete: async () => true,
    crash: async () => place.crashClickHouse(),
    // It ends with the place.
    stop: async () => undefined,
    failed: new Promise<never>(() => undefined),
  };
}
