import { describe, expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { clickHouseOptions, kafkaOptions, natsSecurity } from './connections.ts';
import { serviceConfig, type ServiceConfig } from './service-config.ts';

const config = (env: Readonly<Record<string, string>>): ServiceConfig =>
  parseConfig(serviceConfig, { KAFKA_BROKERS: 'kafka:9092', CLICKHOUSE_URL: 'https://clickhouse:8443', ...env });

describe('certificates', () => {
  test('of Kafka need TLS', () => {
    expect(() => kafkaOptions(config({ KAFKA_TLS_CA: 'authority' }))).toThrow('need KAFKA_TLS on');
    const { security } = kafkaOptions(config({ KAFKA_TLS: 'on', KAFKA_TLS_CA: 'authority' }));
    expect(security).toEqual({ protocol: 'tls', tls: { ca: 'authority' }, sasl: { mechanism: 'none' } });
  });

  test.each([
    ['KAFKA', { KAFKA_TLS: 'on' }, kafkaOptions],
    ['CLICKHOUSE', { CLICKHOUSE_TLS_CA: 'authority' }, clickHouseOptions],
    ['NATS', { NATS_SERVERS: 'nats:4222' }, natsSecurity],
  ] as const)('of %s have their keys', (server, env, read) => {
    const refusal = `${server}_TLS_CERT and ${server}_TLS_KEY go together: set both or neither`;
    expect(() => read(config({ ...env, [`${server}_TLS_CERT`]: 'own' }))).toThrow(refusal);
    expect(() => read(config({ ...env, [`${server}_TLS_KEY`]: 'own' }))).toThrow(refusal);
  });

  test('say to ClickHouse who the user is, in place of a password', () => {
    const own = { CLICKHOUSE_TLS_CERT: 'own', CLICKHOUSE_TLS_KEY: 'its key' };
    expect(() => clickHouseOptions(config(own))).toThrow('CLICKHOUSE_TLS_CERT needs CLICKHOUSE_TLS_CA');
    const options = clickHouseOptions(config({ ...own, CLICKHOUSE_TLS_CA: 'authority' }));
    expect(options).not.toHaveProperty('password');
    expect(options.tls).toEqual({
      ca: Buffer.from('authority'),
      cert: Buffer.from('own'),
      key: Buffer.from('its key'),
    });
    expect(clickHouseOptions(config({ CLICKHOUSE_PASSWORD: 'word' }))).toMatchObject({ password: 'word' });
  });

  test('of ours go to NATS beside the authorities of the machine', () => {
    const own = { NATS_TLS_CERT: 'own', NATS_TLS_KEY: 'its key' };
    expect(natsSecurity(config(own)).tls).toEqual({ cert: 'own', key: 'its key' });
    expect(natsSecurity(config({})).tls).toBeUndefined();
  });
});

test('a cluster of ClickHouse needs its quorum', () => {
  const cluster = { CLICKHOUSE_CLUSTER: 'main' };
  expect(() => clickHouseOptions(config(cluster))).toThrow('CLICKHOUSE_CLUSTER needs CLICKHOUSE_INSERT_QUORUM');
  const options = clickHouseOptions(config({ ...cluster, CLICKHOUSE_INSERT_QUORUM: '2' }));
  expect(options.cluster).toEqual({ name: 'main', insertQuorum: 2 });
});
