import { hostname } from 'node:os';
import { z } from 'zod';
import { optionalText, wholeNumber } from '../config.ts';

/** Names become labels of metrics and words of subjects. */
const NAME = /^[A-Za-z0-9_-]{1,100}$/;

const NAME_RULE = 'must be 1 to 100 letters, digits, _ or -: it names metrics and subjects';

function addresses(consequence: string): z.ZodType<readonly string[] | undefined> {
  return optionalText.transform((text, context) => {
    const list = text?.split(',').map((address) => address.trim());
    if (list?.every((address) => address !== '') !== false) return list;
    context.addIssue(`must be host:port, or several with commas between them: ${consequence}`);
    return z.NEVER;
  });
}

const kafkaShape = {
  KAFKA_BROKERS: addresses('there is nothing to read from').refine(
    (brokers) => brokers !== undefined,
    'must name at least one broker as host:port: there is nothing to read from',
  ),
  KAFKA_TLS: z.enum(['on', 'off'], 'must be on or off: with off everybody on the way can read').default('off'),
  /** PEM. */
  KAFKA_TLS_CA: optionalText,
  KAFKA_TLS_CERT: optionalText,
  KAFKA_TLS_KEY: optionalText,
  KAFKA_SASL_MECHANISM: z
    .enum(
      ['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'msk-iam'],
      'must be none, plain, scram-sha-256, scram-sha-512 or msk-iam: the brokers decide which of them they take',
    )
    .default('none'),
  KAFKA_USERNAME: optionalText,
  KAFKA_PASSWORD: optionalText,
  KAFKA_AWS_REGION: optionalText,
  KAFKA_SESSION_TIMEOUT_SECONDS: wholeNumber(
    6,
    15,
    'the partitions of a crashed worker stand still for so long; one that is starved of CPU for longer loses its own',
  ),
  KAFKA_REPLICATION_FACTOR: wholeNumber(
    1,
    3,
    'topics that are created have this many copies; fewer lose data with a broker',
  ),
  KAFKA_COMPRESSION: z
    .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'must be none, gzip, snappy, lz4 or zstd: records are sent so')
    .default('zstd'),
} as const;

const clickHouseShape = {
  CLICKHOUSE_URL: z.url({
    protocol: /^https?$/,
    error: 'must be http://host:8123 or https://host:8443: there is nowhere to write to',
  }),
  CLICKHOUSE_USERNAME: z.string().default('default'),
  CLICKHOUSE_PASSWORD: z.string().default(''),
  CLICKHOUSE_TLS_CA: optionalText,
  CLICKHOUSE_TLS_CERT: optionalText,
  CLICKHOUSE_TLS_KEY: optionalText,
  /** Empty for a single server. */
  CLICKHOUSE_CLUSTER: optionalText,
  CLICKHOUSE_INSERT_QUORUM: z.coerce
    .number('must be the number of replicas: a worker may read from any of them')
    .int()
    .min(1)
    .optional(),
} as const;

const natsShape = {
  /** Without it there are no live news and no commands; the flow needs neither. */
  NATS_SERVERS: addresses('there are no news and commands without'),
  NATS_USERNAME: optionalText,
  NATS_PASSWORD: optionalText,
  /** The content of a credentials file, in place of user and password. */
  NATS_CREDENTIALS: optionalText,
  /** An nkey's seed, in place of both. */
  NATS_SEED: optionalText,
  NATS_TLS_CA: optionalText,
  NATS_TLS_CERT: optionalText,
  NATS_TLS_KEY: optionalText,
} as const;

const processShape = {
  TILLSTREAM_PIPELINE: z.string().regex(NAME, NAME_RULE).default('pos'),
  /** Of this process: no other of its service has the same at the same time. */
  TILLSTREAM_INSTANCE: z
    .string()
    .regex(NAME, NAME_RULE)
    .default(() => `${hostname().replaceAll(/[^A-Za-z0-9_-]/g, '-')}-${process.pid}`),
  HEALTH_HOST: z.string().min(1).default('127.0.0.1'),
  HEALTH_PORT: wholeNumber(0, 8080, 'probes and Prometheus ask there; 0 takes any free port'),
  SHUTDOWN_GRACE_SECONDS: wholeNumber(1, 25, 'a batch that is not finished by then is done again by the next worker'),
} as const;

/** Settings of a process that only needs Kafka. `NAME_FILE` reads any setting from a file. */
export const senderConfig = z.object({ ...processShape, ...kafkaShape });

export type SenderConfig = z.output<typeof senderConfig>;

/** Settings that every service with a worker has, by their names in the environment. */
export const serviceConfig = z.object({
  ...senderConfig.shape,
  ...clickHouseShape,
  ...natsShape,
  STUCK_AFTER_SECONDS: wholeNumber(1, 600, 'a turn that takes longer counts as stuck, and the process is restarted'),
});

export type ServiceConfig = z.output<typeof serviceConfig>;
