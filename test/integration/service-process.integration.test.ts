import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTopics } from '@tillstream/runtime';
import { openKafkaLog } from '@tillstream/log';
import { startClickHouse, startKafka } from '@tillstream/stack';
import { openClickHouseStore } from '@tillstream/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SERVICES = ['generator', 'bronze-ingester', 'silver-normalizer', 'gold-aggregator', 'standalone'] as const;

const folder = mkdtempSync(join(tmpdir(), 'tillstream-service-'));
const servers = new AsyncDisposableStack();
let env: Record<string, string>;

beforeAll(async () => {
  const kafka = await startKafka({ folder: join(folder, 'kafka'), version: '4.1' });
  servers.defer(async () => kafka.stop());
  const clickHouse = await startClickHouse({ folder: join(folder, 'clickhouse') });
  servers.defer(async () => clickHouse.stop());
  env = { KAFKA_BROKERS: kafka.brokers, CLICKHOUSE_URL: clickHouse.url, HEALTH_PORT: '0', TILLSTREAM_INSTANCE: 'one' };
  const log = await openKafkaLog({
    brokers: [kafka.brokers],
    clientId: 'test',
    security: { protocol: 'plaintext' },
    replicationFactor: 1,
    compression: 'none',
  });
  await createTopics(log, 2);
  await log.close();
  const store = await openClickHouseStore({ url: clickHouse.url });
  await store.migrate();
  await store.close();
}, 120_000);

afterAll(async () => {
  await servers.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
});

type Line = { readonly msg: string; readonly level: number; readonly healthPort?: number };

/** A service with exactly these settings. */
function start(service: string, settings: Readonly<Record<string, string>>) {
  const main = fileURLToPath(new URL('./main.ts', import.meta.resolve(`@tillstream/${service}`)));
  const child = spawn(process.execPath, ['--conditions=@tillstream/source', main], {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const lines = (): Line[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  return { child, lines, ended: once(child, 'close').then(([code]) => code as number | null) };
}

test.each(SERVICES)('%s says that it is ready, and on SIGTERM drains and ends in order', async (service) => {
  const topics = { KAFKA_REPLICATION_FACTOR: '1', TOPIC_PARTITIONS: '2' };
  const { child, lines, ended } = start(service, { ...env, ...topics, GENERATOR_RECORDS_PER_SECOND: '10' });
  await expect.poll(() => lines().find(({ msg }) => msg === 'started'), { timeout: 20_000 }).toBeDefined();
  const { healthPort } = lines().find(({ msg }) => msg === 'started')!;
  const status = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${healthPort}${path}`)).status;
  await expect.poll(async () => status('/readyz'), { timeout: 30_000 }).toBe(200);
  expect(await status('/healthz')).toBe(200);
  expect(await status('/metrics')).toBe(200);
  const toldAt = performance.now();
  child.kill('SIGTERM');
  // 0 is all sent: a Job would not start it again.
  expect(await ended).toBe(service === 'generator' ? 1 : 0);
  expect(performance.now() - toldAt).toBeLessThan(25_000);
  expect(lines().at(-1)).toMatchObject({ msg: 'drained' });
});

describe('settings that are not usable end a service with 2 and one line', () => {
  test.each([
    [{}, /KAFKA_BROKERS must name at least one broker.*CLICKHOUSE_URL must be http/],
    [{ HEALTH_PORT: 'x' }, /HEALTH_PORT must be a whole number of at least 0/],
    [{ TILLSTREAM_PIPELINE: 'a.>' }, /TILLSTREAM_PIPELINE must be 1 to 100 letters, digits, _ or -/],
    [{ KAFKA_PASSWORD: 'hunter2', KAFKA_PASSWORD_FILE: '/x' }, /KAFKA_PASSWORD and KAFKA_PASSWORD_FILE are both set/],
    [{ KAFKA_PASSWORD_FILE: '/no/such' }, /KAFKA_PASSWORD_FILE names \/no\/such, which cannot be read/],
  ])('%j', async (settings, message) => {
    const { lines, ended } = start('bronze-ingester', settings as Record<string, string>);
    expect(await ended).toBe(2);
    expect(lines()).toHaveLength(1);
    expect(lines()[0]!.msg).toMatch(message);
    expect(JSON.stringify(lines())).not.toContain('hunter2');
  });
});

describe('settings that contradict each other, or the servers, end it with 1 and say why', () => {
  test.each([
    [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'hunter2' }, /needs KAFKA_TLS on/],
    [{ KAFKA_TLS: 'on', KAFKA_SASL_MECHANISM: 'scram-sha-512' }, /needs KAFKA_USERNAME, or KAFKA_USERNAME_FILE/],
    [{ KAFKA_TLS: 'on' }, /the port does not speak TLS/],
    [{ CLICKHOUSE_USERNAME: 'nobody', CLICKHOUSE_PASSWORD: 'hunter2' }, /user|password|authentication/i],
  ])('%j', async (settings, message) => {
    const { lines, ended } = start('bronze-ingester', { ...env, ...settings } as Record<string, string>);
    expect(await ended).toBe(1);
    expect(lines().at(-1)!.msg).toMatch(message);
    expect(JSON.stringify(lines())).not.toContain('hunter2');
  });
});
