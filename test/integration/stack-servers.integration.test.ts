import {
  createTestAuthority,
  setScrapeTargets,
  StackError,
  startClickHouse,
  startNats,
  startPrometheus,
} from '@tillstream/stack';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'stack-servers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('NATS comes back at its old address after a kill, with whatever configuration it is given', async () => {
  const options = { folder: join(folder, 'nats') };
  const first = await startNats(options);
  await expect(startNats(options)).rejects.toThrow(/^port \d+ is taken: end the process that listens there/);
  await first.kill();

  const { certificateFile, keyFile } = createTestAuthority(join(folder, 'certificates')).issue({ name: 'nats' });
  const config = `tls { cert_file: "${certificateFile}", key_file: "${keyFile}" }`;
  const second = await startNats({ ...options, config });
  expect(second.address).toBe(first.address);
  await second.stop();
  await expect(startNats({ ...options, config: 'tls {' })).rejects.toThrow(StackError);
});

test('ClickHouse keeps its rows and its address through a kill', async () => {
  const options = { folder: join(folder, 'clickhouse') };
  const first = await startClickHouse(options);
  await query(first.url, 'CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n');
  await query(first.url, 'INSERT INTO t SELECT number FROM numbers(1000)');
  await first.kill();

  const second = await startClickHouse(options);
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'SELECT sum(n) FROM t')).toBe('499500');
  await second.stop();
});

test('Prometheus scrapes the targets it is given while it runs', async () => {
  const options = { folder: join(folder, 'prometheus'), scrape: [] };
  const prometheus = await startPrometheus(options);
  await setScrapeTargets(options.folder, [{ job: 'itself', port: Number(new URL(prometheus.url).port) }]);
  await expect.poll(async () => await instancesUp(prometheus.url, 'itself'), { timeout: 30_000 }).toBe(1);
  await prometheus.stop();
});

async function query(url: string, sql: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', body: sql });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return text.trim();
}

async function instancesUp(url: string, job: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(`up{job="${job}"} == 1`)}`);
  const { data } = (await response.json()) as { data: { result: unknown[] } };
  return data.result.length;
}
