import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KafkaSasl, type KafkaSecurity, type KafkaTls, LogError, openKafkaLog } from '@tillstream/log';
import { createTestAuthority, type KafkaServer, startKafka } from '@tillstream/stack';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './log-contract.ts';
import { Member } from './member.ts';
import { valuesBatch } from './records.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel } = kafkajs;
const { LITERAL } = kafkajs.ResourcePatternTypes;

const PASSWORD = 'till-secret-4711';
const WRONG_PASSWORD = 'till-secret-0815';
const DAY_MS = 86_400_000;
const EXPIRED = { validFrom: new Date(Date.now() - 3 * DAY_MS), validUntil: new Date(Date.now() - DAY_MS) };
const NO_SASL: KafkaSasl = { mechanism: 'none' };

const folder = mkdtempSync(join(tmpdir(), 'tillstream-kafka-security-'));
const authority = createTestAuthority(join(folder, 'authority'));
const stranger = createTestAuthority(join(folder, 'stranger'));
const trust: KafkaTls = { ca: authority.authority };

function clientOf(issuer: typeof authority, name: string, validity = {}): KafkaTls {
  const { certificate, key } = issuer.issue({ name, ...validity });
  return { ...trust, cert: certificate, key };
}

const startBroker = async (name: string, validity = {}): Promise<KafkaServer> =>
  startKafka({
    folder: join(folder, name),
    version: '4.1',
    security: {
      users: [{ name: 'till', password: PASSWORD }],
      certificate: authority.issue({ name: `broker-${name}`, ...validity }),
      authority,
    },
  });

const tls = (options: KafkaTls, sasl: KafkaSasl): KafkaSecurity => ({ protocol: 'tls', tls: options, sasl });
const login = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password = PASSWORD): KafkaSasl => ({
  mechanism,
  username: 'till',
  password,
});

describe('Kafka with TLS', () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startBroker('good');
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (brokers: string, security: KafkaSecurity): ReturnType<typeof openKafkaLog> =>
    openKafkaLog({ brokers: [brokers], clientId: 'till', security, replicationFactor: 1, compression: 'none' });

  /** The one line of the refusal. It must come within seconds and hold no secret. */
  const refusal = async (brokers: string, security: KafkaSecurity): Promise<LogError> => {
    const startedAt = performance.now();
    const outcome = await open(brokers, security).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(LogError);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    const { message } = outcome as LogError;
    expect(message).toContain(brokers);
    expect(message).not.toMatch(/\n|till-secret|PRIVATE KEY/);
    return outcome as LogError;
  };

  test.each([
    ['plain', () => [server.loginBrokers, tls(trust, login('plain'))]],
    ['scram-sha-256', () => [server.loginBrokers, tls(trust, login('scram-sha-256'))]],
    ['scram-sha-512', () => [server.loginBrokers, tls(trust, login('scram-sha-512'))]],
    ['certificate', () => [server.certificateBrokers, tls(clientOf(authority, 'client'), NO_SASL)]],
  ] satisfies [string, () => [string, KafkaSecurity]][])(
    'by %s a client is let in, and produces and reads',
    async (name, how) => {
      const log = await open(...how());
      const topic = `sales-${name}`;
      await log.createTopics([{ name: topic, partitions: 1, cleanup: 'delete' }]);
      await log.produce([valuesBatch({ topic, partition: 0 }, ['a'])]);
      const member = new Member(log, topic);
      await member.consumer.start();
      await eventually(async () => expect(await log.committed(`readers-of-${topic}`, topic)).toEqual([1]));
      expect([member.values, member.failures]).toEqual([['a'], []]);
      await log.close();
    },
  );

  test('a group that this user may not read ends its reader, with the remedy', async () => {
    const admin = new Kafka({ brokers: [server.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const somebodyElse = { principal: 'User:somebody', host: '*', permissionType: AclPermissionTypes.ALLOW };
    const closed = { resourceType: AclResourceTypes.GROUP, resourceName: 'closed', resourcePatternType: LITERAL };
    await admin.createAcls({ acl: [{ ...closed, ...somebodyElse, operation: AclOperationTypes.READ }] });
    await admin.disconnect();
    const log = await open(server.loginBrokers, tls(trust, login('plain')));
    await log.createTopics([{ name: 'open-sales', partitions: 1, cleanup: 'delete' }]);
    const member = new Member(log, 'open-sales', { group: 'closed' });
    await member.consumer.start();
    await eventually(() => expect(member.failures).toHaveLength(1));
    expect(member.failures[0]).toMatch(/Not authorized to access group.*grant this user what it needs/);
    await log.close();
  });

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('a wrong password (%s)', async (mechanism) => {
    const error = await refusal(server.loginBrokers, tls(trust, login(mechanism, WRONG_PASSWORD)));
    expect(error.code).toBe('not_permitted');
    expect(error.message).toMatch(/check the user, the password and the SASL mechanism/);
  });

  test('a login where none is possible, and none where one is asked for', async () => {
    const certificate = await refusal(server.certificateBrokers, tls(clientOf(authority, 'client'), login('plain')));
    expect(certificate.message).toMatch(/takes no login: use the port that does/);
    const noLogin = await refusal(server.loginBrokers, tls(trust, NO_SASL));
    expect(noLogin.message).toMatch(/SASL/);
  });

  test("an unknown authority of the broker's certificate", async () => {
    const error = await refusal(server.loginBrokers, tls({ ca: stranger.authority }, login('plain')));
    expect(error.message).toMatch(/is not trusted: give its certificate as CA/);
  });

  test.each([
    ['no certificate', () => trust, /does not take this client's certificate/],
    ['one of a stranger', () => clientOf(stranger, 'client'), /does not take this client's certificate/],
    ['one that has expired', () => clientOf(authority, 'client', EXPIRED), /until when it is good/],
  ] satisfies [string, () => KafkaTls, RegExp][])('where a certificate is asked for: %s', async (_, client, remedy) => {
    const error = await refusal(server.certificateBrokers, tls(client(), NO_SASL));
    expect(error.message).toMatch(remedy);
  });

  test('TLS to a plaintext port, and plaintext to a TLS port', async () => {
    const toPlaintext = await refusal(server.brokers, tls(trust, login('plain')));
    expect(toPlaintext.message).toMatch(/does not speak TLS: use the TLS port/);
    const toTls = await refusal(server.loginBrokers, { protocol: 'plaintext' });
    expect(toTls.message).toMatch(/whether the port expects TLS or a login/);
  });

  test('a port where nothing listens', async () => {
    const error = await refusal('127.0.0.1:1', { protocol: 'plaintext' });
    expect(error.message).toMatch(/check that the brokers run/);
  });

  test("a broker's certificate that has expired", async () => {
    const expired = await startBroker('expired', EXPIRED);
    const error = await refusal(expired.loginBrokers, tls(trust, login('plain')));
    expect(error.message).toMatch(/the broker's certificate has expired: renew it/);
    await expired.kill();
  });
});
