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
    isOnlyOfItsName: true,
    security: kafkaSecurity(config),
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    compression: config.KAFKA_COMPRESSION,
    timings: { sessionMs: config.KAFKA_SESSION_TIMEOUT_SECONDS * 1000 },
  };
}

function kafkaSecurity(config: SenderConfig): KafkaSecurity {
  const { KAFKA_SASL_MECHANISM: mechanism } = config;
  const { KAFKA_TLS_CA: ca, KAFKA_TLS_CERT: cert, KAFKA_TLS_KEY: key } = config;
  const certificates = certificatesOf('KAFKA', { ca, cert, key });
  if (config.KAFKA_TLS === 'off') {
    if (certificates !== undefined)
      throw new UserError('the certificates of KAFKA_TLS_CA, _CERT and _KEY need KAFKA_TLS on');
    if (mechanism === 'none') return { protocol: 'plaintext' };
    throw new UserError(`KAFKA_SASL_MECHANISM ${mechanism} needs KAFKA_TLS on: a login is only sent encrypted`);
  }
  const tls = certificates ?? {};
  switch (mechanism) {
    case 'none':
      return { protocol: 'tls', tls, sasl: { mechanism } };
    case 'msk-iam':
      return {
        protocol: 'tls',
        tls,
        sasl: { mechanism, region: needed(config, 'KAFKA_AWS_REGION', mechanism) },
      };
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

/** Where ClickHouse is, and as whom. Throws a `UserError` when settings contradict each other. */
export function clickHouseOptions(config: ServiceConfig): ClickHouseStoreOptions {
  const { CLICKHOUSE_CLUSTER: cluster, CLICKHOUSE_INSERT_QUORUM: quorum, CLICKHOUSE_PASSWORD: password } = config;
  const tls = clickHouseTls(config);
  return {
    url: config.CLICKHOUSE_URL,
    username: config.CLICKHOUSE_USERNAME,
    // A certificate says who the user is; an empty password beside it would be a second answer.
    ...(tls?.cert !== undefined && password === '' ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    ...(cluster === undefined ? {} : { cluster: { name: cluster, insertQuorum: quorumOf(quorum) } }),
  };
}

/** No default: a worker that meets a replica without its predecessor's last rows would count them again. */
function quorumOf(quorum: number | undefined): number {
  if (quorum !== undefined) return quorum;
  throw new UserError('CLICKHOUSE_CLUSTER needs CLICKHOUSE_INSERT_QUORUM: how many replicas must have an insert');
}

function clickHouseTls(config: ServiceConfig): ClickHouseStoreOptions['tls'] {
  const { CLICKHOUSE_TLS_CA, CLICKHOUSE_TLS_CERT, CLICKHOUSE_TLS_KEY } = config;
  const files = { ca: CLICKHOUSE_TLS_CA, cert: CLICKHOUSE_TLS_CERT, key: CLICKHOUSE_TLS_KEY };
  const pem = certificatesOf('CLICKHOUSE', files);
  if (pem === undefined) return undefined;
  if (pem.ca === undefined) throw new UserError('CLICKHOUSE_TLS_CERT needs CLICKHOUSE_TLS_CA: who signed the server');
  const { ca, cert, key } = pem;
  if (cert === undefined || key === undefined) return { ca: Buffer.from(ca) };
  return { ca: Buffer.from(ca), cert: Buffer.from(cert), key: Buffer.from(key) };
}

/** How NATS knows this service. */
export function natsSecurity(config: ServiceConfig): NatsSecurity {
  const { NATS_TLS_CA: ca, NATS_TLS_CERT: cert, NATS_TLS_KEY: key } = config;
  return { login: natsLogin(config), tls: certificatesOf('NATS', { ca, cert, key }) };
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

type Certificates = { readonly ca?: string; readonly cert?: string; readonly key?: string };

/** PEM; undefined when nothing is set. */
function certificatesOf(
  server: string,
  { ca, cert, key }: { readonly [Name in keyof Certificates]: string | undefined },
): Certificates | undefined {
  if ((cert === undefined) !== (key === undefined)) {
    throw new UserError(`${server}_TLS_CERT and ${server}_TLS_KEY go together: set both or neither`);
  }
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}
