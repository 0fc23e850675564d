import type { KafkaLogOptions, KafkaSecurity } from '@tillstream/log';
import type { NatsSecurity } from '@tillstream/signal';
import type { ClickHouseStoreOptions } from '@tillstream/store';
import { UserError } from '../errors.ts';
import type { SenderConfig, ServiceConfig } from './service-config.ts';

/** Where Kafka is and how it is spoken to. Throws a `UserError` when settings contradict each other. */
export function kafkaOptions(config: SenderConfig): KafkaLogOptions {
  return {
    brokers: config.KAFKA_BROKERS!,
    clientId: config.TILLSTREAM_INSTANCE,
    security: kafkaSecurity(config),
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    compression: config.KAFKA_COMPRESSION,
    timings: { sessionMs: config.KAFKA_SESSION_TIMEOUT_SECONDS * 1000 },
  };
}

function kafkaSecurity(config: SenderConfig): KafkaSecurity {
  const { KAFKA_SASL_MECHANISM: mechanism } = config;
  if (config.KAFKA_TLS === 'off') {
    if (mechanism === 'none') return { protocol: 'plaintext' };
    throw new UserError(`KAFKA_SASL_MECHANISM ${mechanism} needs KAFKA_TLS on: a login is only sent encrypted`);
  }
  const tls = tlsOf(config.KAFKA_TLS_CA, config.KAFKA_TLS_CERT, config.KAFKA_TLS_KEY);
  switch (mechanism) {
    case 'none':
      return { protocol: 'tls', tls, sasl: { mechanism } };
    case 'msk-iam':
      return { protocol: 'tls', tls, sasl: { mechanism, region: needed(config, 'KAFKA_AWS_REGION', mechanism) } };
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512': {
      const username = needed(config, 'KAFKA_USERNAME', mechanism);
      return {
        protocol: 'tls',
        tls,
        sasl: { mechanism, username, password: needed(config, 'KAFKA_PASSWORD', mechanism) },
      };
    }
  }
}

function needed(
  config: SenderConfig,
  name: 'KAFKA_AWS_REGION' | 'KAFKA_USERNAME' | 'KAFKA_PASSWORD',
  mechanism: string,
): string {
  const value = config[name];
  if (value === undefined) throw new UserError(`KAFKA_SASL_MECHANISM ${mechanism} needs ${name}, or ${name}_FILE`);
  return value;
}

/** Where ClickHouse is. */
export function clickHouseOptions(config: ServiceConfig): ClickHouseStoreOptions {
  const { CLICKHOUSE_CLUSTER: cluster, CLICKHOUSE_INSERT_QUORUM: quorum, CLICKHOUSE_TLS_CA: ca } = config;
  return {
    url: config.CLICKHOUSE_URL,
    username: config.CLICKHOUSE_USERNAME,
    ...(config.CLICKHOUSE_PASSWORD === '' ? {} : { password: config.CLICKHOUSE_PASSWORD }),
    ...(ca === undefined ? {} : { tls: clickHouseTls(ca, config) }),
    ...(cluster === undefined ? {} : { cluster: { name: cluster, insertQuorum: quorum ?? 'auto' } }),
  };
}

function clickHouseTls(ca: string, { CLICKHOUSE_TLS_CERT: cert, CLICKHOUSE_TLS_KEY: key }: ServiceConfig) {
  const authority = { ca: Buffer.from(ca) };
  if (cert === undefined || key === undefined) return authority;
  return { ...authority, cert: Buffer.from(cert), key: Buffer.from(key) };
}

/** How NATS knows this service. */
export function natsSecurity(config: ServiceConfig): NatsSecurity {
  const { NATS_TLS_CA: ca } = config;
  const login = natsLogin(config);
  const tls = ca === undefined ? undefined : tlsOf(ca, config.NATS_TLS_CERT, config.NATS_TLS_KEY);
  return { login, tls };
}

function natsLogin(config: ServiceConfig): NatsSecurity['login'] {
  const { NATS_USERNAME: user, NATS_PASSWORD: password, NATS_CREDENTIALS: credentials, NATS_SEED: seed } = config;
  if ([user, credentials, seed].filter((one) => one !== undefined).length > 1) {
    throw new UserError('NATS takes one kind of login: NATS_USERNAME, NATS_CREDENTIALS or NATS_SEED');
  }
  if (credentials !== undefined) return { credentials };
  if (seed !== undefined) return { seed };
  return user === undefined ? undefined : { user, password: password ?? '' };
}

function tlsOf(ca: string | undefined, cert: string | undefined, key: string | undefined) {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
