import type { Pipeline, PipelineSpec } from '../resources/pipeline.ts';
import type { WorkerStage } from './stages.ts';

/** Settings of services, by their names in the environment. */
export type Settings = Readonly<Record<string, string>>;

const MECHANISMS = {
  None: 'none',
  Plain: 'plain',
  ScramSha256: 'scram-sha-256',
  ScramSha512: 'scram-sha-512',
  MskIam: 'msk-iam',
} as const;

/** What everybody needs who sends to Kafka. */
export function kafkaSettings({ metadata, spec: { kafka } }: Pipeline): Settings {
  return {
    TILLSTREAM_PIPELINE: metadata.name,
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_TLS: kafka.tls ? 'on' : 'off',
    KAFKA_SASL_MECHANISM: MECHANISMS[kafka.mechanism],
    KAFKA_REPLICATION_FACTOR: String(kafka.replicationFactor),
    KAFKA_COMPRESSION: kafka.compression,
    KAFKA_SESSION_TIMEOUT_SECONDS: String(kafka.sessionTimeoutSeconds),
    ...given({ KAFKA_AWS_REGION: kafka.awsRegion }),
  };
}

/** What everybody needs who also writes tables. */
export function serverSettings(pipeline: Pipeline): Settings {
  const { clickhouse, nats } = pipeline.spec;
  return {
    ...kafkaSettings(pipeline),
    CLICKHOUSE_URL: clickhouse.url,
    ...given({
      CLICKHOUSE_CLUSTER: clickhouse.cluster?.name,
      CLICKHOUSE_INSERT_QUORUM: clickhouse.cluster?.insertQuorum,
      NATS_SERVERS: nats?.servers.join(','),
    }),
  };
}

/** Where count files lie in the pod that loads them. */
export const COUNT_FILES_FOLDER = '/var/lib/tillstream/count-files';

/** What only one stage has. */
export function stageSettings({ stages }: PipelineSpec, { field }: WorkerStage, era: number): Settings {
  const { bronze, silver, gold } = stages;
  switch (field) {
    case 'bronze':
      return given({ BRONZE_INBOX_FOLDER: bronze.countFilesClaim === undefined ? undefined : COUNT_FILES_FOLDER });
    case 'silver':
      return given({
        SILVER_HOT_LINES: silver.hotLines,
        SILVER_FILTER_BYTES: silver.filterBytes,
        SILVER_LATE_AFTER_SECONDS: silver.lateAfterSeconds,
        SILVER_REFERENCE_CHECK_SECONDS: silver.referenceCheckSeconds,
        EXPECTATION_ACTIONS: actionPairs(silver.expectations),
      });
    case 'gold':
      return given({ GOLD_RECENT_CHANGES: gold.recentChanges, GOLD_ERA: era });
  }
}

export function generatorSettings({ transactions, stores, items, seed, recordsPerSecond }: GeneratorSpec): Settings {
  return given({
    GENERATOR_TRANSACTIONS: transactions,
    GENERATOR_STORES: stores,
    GENERATOR_ITEMS: items,
    GENERATOR_SEED: seed,
    GENERATOR_RECORDS_PER_SECOND: recordsPerSecond,
  });
}

type GeneratorSpec = NonNullable<PipelineSpec['stages']['generator']>;

function actionPairs(actions: Readonly<Record<string, string>> | undefined): string | undefined {
  if (actions === undefined) return undefined;
  return Object.entries(actions)
    .map(([name, action]) => `${name}=${action}`)
    .join(',');
}

function given(settings: Readonly<Record<string, string | number | undefined>>): Settings {
  const known = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([name, value]) => [name, String(value)]));
}
