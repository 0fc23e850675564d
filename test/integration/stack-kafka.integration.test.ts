import { createTestAuthority, type KafkaVersion, startKafka } from '@tillstream/stack';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'stack-kafka-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['4.1', '3.9'] satisfies KafkaVersion[])(
  'Kafka %s comes back at its old address after a kill, and after a stop with TLS listeners',
  async (version) => {
    const options = { folder: join(folder, version), version };
    const first = await startKafka(options);
    expect(await accepts(first.brokers)).toBe(true);
    expect(await accepts(first.loginBrokers)).toBe(false);
    await first.kill();
    expect(await accepts(first.brokers)).toBe(false);

    const second = await startKafka(options);
    expect(second.brokers).toBe(first.brokers);
    expect(second.pid).not.toBe(first.pid);
    await second.stop();
    expect(await accepts(second.brokers)).toBe(false);

    const authority = createTestAuthority(join(folder, 'certificates'));
    const certificate = authority.issue({ name: 'broker' });
    const users = [{ name: 'reader', password: 'only-for-tests' }];
    const third = await startKafka({ ...options, security: { users, certificate, authority } });
    const client = authority.issue({ name: 'client' });
    const trust = { ca: authority.authority };
    const withCertificate = { ...trust, cert: client.certificate, key: client.key };
    expect(await answersOverTls(third.loginBrokers, trust)).toBe(true);
    expect(await answersOverTls(third.certificateBrokers, withCertificate)).toBe(true);
    expect(await answersOverTls(third.certificateBrokers, trust)).toBe(false);
    await third.stop();
  },
);

function target(address: string): { host: string; port: number } {
  const [host = '', port] = address.split(':');
  return { host, port: Number(port) };
}

async function accepts(address: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(target(address), () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Asks for the API versions, which a broker tells before the login; TLS 1.3 refuses a client only after the handshake. */
async function answersOverTls(address: string, options: ConnectionOptions): Promise<boolean> {
  const apiVersions = Buffer.from('0000000a00120000000000000000', 'hex');
  return await new Promise((resolve) => {
    const socket = connectTls({ ...target(address), ...options }, () => socket.write(apiVersions));
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.on('data', () => finish(true));
    socket.on('error', () => finish(false)).on('close', () => finish(false));
  });
}
