import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { EVERYTHING } from './support/everything.ts';
import { named, render } from './support/helm.ts';

test('`helm test` asks whatever of the release answers over HTTP, where it is', async () => {
  expect(await addresses({})).toEqual(['http://shop-tillstream-operator.retail.svc:8080/readyz']);
  expect(await addresses(EVERYTHING)).toEqual([
    'http://shop-tillstream-operator.retail.svc:8080/readyz',
    'http://shop-tillstream-clickhouse.retail.svc:8123/?query=SELECT%201',
    'http://shop-tillstream-nats.retail.svc:8222/healthz',
  ]);
});

test.each([
  [200, 0],
  [503, 1],
])('an answer of %i ends it with %i', async (status, code) => {
  const server = createServer((_, response) => response.writeHead(status).end());
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const local = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [program, flag, script] = await command({});
  const child = spawn(program, [flag, script.replace(/http:[^"]+:8080/, local)], { stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([code, null]);
});

async function command(values: object): Promise<[program: string, flag: string, script: string]> {
  const [container] = named(await render({ values }), 'Pod').spec.containers;
  return [...container.command, ...container.args] as [string, string, string];
}

async function addresses(values: object): Promise<readonly string[]> {
  const [, , script] = await command(values);
  return JSON.parse(/\[.*\]/.exec(script)![0]) as string[];
}
