import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '@tillstream/stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODE_ADDRESS } from '../node/addresses.ts';
import { clusterChoice } from './choice.ts';
import { echoService, podOf } from './pod-manifests.ts';
import { noCluster, useCluster } from './use-cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'image-cluster-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(noCluster)('the image on a cluster', () => {
  const cluster = useCluster();
  let namespace: string;
  beforeAll(async () => {
    namespace = await cluster().restrictedNamespace();
  });

  async function kubectl(...args: string[]): Promise<string> {
    return await cluster().kubectl('--namespace', namespace, ...args);
  }

  async function apply(object: object): Promise<void> {
    const file = join(folder, 'object.json');
    writeFileSync(file, JSON.stringify(object));
    await kubectl('apply', '--filename', file);
  }

  test('a service says what it misses, and ends', async () => {
    await apply(podOf('bronze', { args: ['bronze-ingester'] }));
    await kubectl('wait', 'pod/bronze', '--for=jsonpath={.status.phase}=Failed', '--timeout=120s');
    expect(await kubectl('logs', 'bronze')).toContain('KAFKA_BROKERS must name at least one broker');
    const exitCode = '{.status.containerStatuses[0].state.terminated.exitCode}';
    expect(await kubectl('get', 'pod', 'bronze', '--output', `jsonpath=${exitCode}`)).toBe('2');
  });

  test('it runs as nobody, on files that nobody can change', async () => {
    const program = `const { writeFileSync } = require('fs');
      try { writeFileSync('/app/new', '') } catch ({ code }) { console.log(process.getuid(), code) }`;
    await apply(podOf('nobody', { command: ['node', '-e', program] }));
    await kubectl('wait', 'pod/nobody', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=120s');
    expect(await kubectl('logs', 'nobody')).toBe('10001 EROFS\n');
  });

  test('a pod that asks for more is refused', async () => {
    const asRoot = podOf('root', { args: ['--help'], securityContext: { runAsUser: 0 } });
    await expect(apply(asRoot)).rejects.toThrow('violates PodSecurity "restricted:latest"');
  });

  test('pods find each other and the API server by name, through Services', async () => {
    await apply(echoService('echo', 2));
    await kubectl('rollout', 'status', 'deployment/echo', '--timeout=120s');
    // Each answer over a connection of its own: a Service chooses a pod once for a connection. A node learns of a pod a
    // moment after that is ready, and refuses connections to a Service that has none: who is refused asks again.
    const program = `const { get } = require('http');
      const ask = () => new Promise((done, fail) =>
        get('http://echo', { agent: false }, (from) => from.setEncoding('utf8').on('data', done)).on('error', fail));
      const isNotYet = ({ code }) => ['ECONNREFUSED', 'EHOSTUNREACH'].includes(code);
      (async () => {
        const seen = new Set();
        const see = (name) => seen.add(name);
        while (seen.size < 2) await ask().then(see, (error) => { if (!isNotYet(error)) throw error; });
        const api = await fetch('https://kubernetes.default.svc/readyz');
        console.log(seen.size, await api.text());
      })();`;
    const ca = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';
    const env = [{ name: 'NODE_EXTRA_CA_CERTS', value: ca }];
    await apply(podOf('client', { command: ['node', '-e', program], env }));
    await kubectl('wait', 'pod/client', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=120s');
    expect(await kubectl('logs', 'client')).toBe('2 ok\n');
  });

  test.skipIf(clusterChoice().kind !== 'own')('pods reach a server of this machine', async () => {
    const server = createServer((_, to) => to.end('from outside'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = await cluster().reachOutside((server.address() as AddressInfo).port);
    const program = `fetch('http://${address}').then((from) => from.text()).then(console.log)`;
    await apply(podOf('outside', { command: ['node', '-e', program] }));
    await kubectl('wait', 'pod/outside', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=120s');
    server.close();
    expect(await kubectl('logs', 'outside')).toBe('from outside\n');
  });

  test.skipIf(clusterChoice().kind !== 'own')('pods use a broker of this machine', async () => {
    const broker = { folder: join(folder, 'kafka'), version: '4.1' as const, advertisedHost: NODE_ADDRESS };
    const kafka = await startKafka(broker);
    try {
      const port = Number(kafka.brokers.split(':')[1]);
      expect(await cluster().reachOutside(port)).toBe(kafka.brokers);
      const program = `const { Kafka } = require('/app/libs/log/node_modules/kafkajs');
        const admin = new Kafka({ brokers: ['${kafka.brokers}'], logLevel: 0 }).admin();
        (async () => {
          await admin.connect();
          await admin.createTopics({ topics: [{ topic: 'from-a-pod', numPartitions: 3 }] });
          console.log((await admin.listTopics()).join());
          await admin.disconnect();
        })();`;
      await apply(podOf('kafka', { command: ['node', '-e', program] }));
      await kubectl('wait', 'pod/kafka', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=120s');
      expect(await kubectl('logs', 'kafka')).toBe('from-a-pod\n');
    } finally {
      await kafka.stop();
    }
  });
});
