import { writeReferenceData } from '@tillstream/generator';
import { audit, openClickHouseStore } from '@tillstream/store';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { OF_OPERATOR, pipelineOf, runOf, startBench, until, type Bench } from './support/bench.ts';
import { readChangeFeed } from './support/change-feed.ts';
import type { Kubectl } from './support/kubectl.ts';
import { PodsAsProcesses, type Workload } from './support/pods-as-processes.ts';
import { startServers, type Servers } from './support/servers.ts';

const open = new AsyncDisposableStack();
let bench: Bench;
let kubectl: Kubectl;
let servers: Servers;

beforeAll(async () => {
  bench = open.use(await startBench());
  kubectl = bench.kubectl;
  servers = await startServers(bench.folder, open);
}, 300_000);

afterAll(async () => open.disposeAsync(), 60_000);

type KubernetesObject = { readonly metadata: { readonly name: string } };
type Deployment = { readonly spec: { readonly replicas: number } };
type Run = { readonly status?: { readonly conditions: readonly { readonly message: string }[] } };

const GOLD_PODS = '--selector=app.kubernetes.io/component=gold-aggregator';

test('a full refresh puts damaged gold right while tills go on', { timeout: 400_000 }, async () => {
  bench.keptOperator('alone');
  const files = join(bench.folder, 'whole');
  await writeReferenceData(files, { stores: 3, items: 20 });
  await kubectl.run('create', 'configmap', 'whole', `--from-file=${files}`);
  const fixed = { scaling: { policy: 'Fixed' } };
  const generator = { transactions: 12_000, stores: 3, items: 20, recordsPerSecond: 100 };
  const stages = { bronze: fixed, silver: fixed, gold: fixed, generator };
  await bench.withPipeline(pipelineOf('whole', { ...servers, referenceData: { configMap: 'whole' }, stages }));
  await until(async () => {
    const deployments = await kubectl.list<Deployment>('deployments', OF_OPERATOR);
    expect(deployments.map(({ spec }) => spec.replicas)).toEqual([1, 1, 1]);
    expect(await kubectl.list('jobs')).toHaveLength(1);
  });
  await using pods = new PodsAsProcesses(bench.folder);
  await pods.follow(await kubectl.list<Workload>('deployments', OF_OPERATOR));
  const sending = pods.complete((await kubectl.list<Workload>('jobs'))[0]!);
  const store = await openClickHouseStore({ url: servers.clickhouse.url });
  open.defer(async () => store.close());
  const rows = 'pos.inventory_current_rows';
  await until(async () => expect(await store.query(`SELECT 1 FROM ${rows} FINAL LIMIT 41, 1`)).toHaveLength(1));
  // No row is right any more, and there are rows of an item that nobody sells.
  const damaged = (item: string): string =>
    `INSERT INTO ${rows} SELECT store_id, ${item}, 1, 1, 2, date_time, version + 1000000 FROM ${rows} FINAL`;
  await store.command(damaged('item_id'));
  await store.command(`${damaged('-77')} LIMIT 1 BY store_id`);
  // A pod that is on a node stays until its process has ended.
  const [old] = await kubectl.list<KubernetesObject>('pods', GOLD_PODS);
  const { name } = old!.metadata;
  await kubectl.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'somewhere' } });
  onTestFinished(async () => {
    await kubectl.run('delete', 'node', 'somewhere');
  });
  const binding = join(bench.folder, 'binding.json');
  const target = { kind: 'Node', name: 'somewhere' };
  writeFileSync(binding, JSON.stringify({ apiVersion: 'v1', kind: 'Binding', metadata: { name }, target }));
  await kubectl.run('create', '--raw', `/api/v1/namespaces/default/pods/${name}/binding`, '--filename', binding);
  await kubectl.apply(runOf('whole', 'again', 'FullRefresh'));
  await until(async () => {
    const { status } = await kubectl.get<Run>('pipelinerun', 'again');
    expect(status?.conditions[0]!.message).toMatch(/ are of era 2, 1 of another one are not gone$/);
  });
  const strategy = '--output=jsonpath={.spec.strategy}';
  expect(await kubectl.run('get', 'deployment', 'whole-gold-aggregator', strategy)).toBe('{"type":"Recreate"}');
  expect(await kubectl.list('pods', GOLD_PODS)).toHaveLength(1);
  await pods.follow(await kubectl.list<Workload>('deployments', OF_OPERATOR));
  await kubectl.run('delete', 'pod', name, '--force', '--grace-period=0');
  await kubectl.run('wait', '--for=condition=Succeeded', 'pipelinerun/again', '--timeout=200s');
  const { status } = await kubectl.get<{ readonly status: object }>('pipelinerun', 'again');
  expect(status).toMatchObject({ era: 2, step: 'Discard', removedRows: 3, missingRows: 0 });
  console.log('full refresh:', JSON.stringify(status));
  expect(await kubectl.get('pipeline', 'whole')).toMatchObject({ status: { era: 2 } });
  expect(await kubectl.run('get', 'deployment', 'whole-gold-aggregator', strategy)).toContain('"maxSurge":0');
  expect(await sending).toBe(0);
  await until(async () => expect(await audit(store)).toEqual({ rows: expect.any(Number), differences: 0 }));
  expect(await store.query(`SHOW TABLES FROM pos LIKE 'inventory_current_refresh%'`)).toEqual([]);

  // Of what is wrong now no till will ever send anything again, and the feed's readers learn of it all the same.
  await store.command(`${damaged('item_id')} WHERE store_id = 2`);
  await kubectl.apply(runOf('whole', 'once-more', 'FullRefresh'));
  await until(async () => expect(await kubectl.get('pipeline', 'whole')).toMatchObject({ status: { era: 3 } }));
  await until(async () => {
    const deployments = await kubectl.list<Workload>('deployments', OF_OPERATOR);
    expect(JSON.stringify(deployments)).toContain('{"name":"GOLD_ERA","value":"3"}');
    await pods.follow(deployments);
  });
  await kubectl.run('wait', '--for=condition=Succeeded', 'pipelinerun/once-more', '--timeout=200s');
  expect(await kubectl.get('pipelinerun', 'once-more')).toMatchObject({ status: { changedRows: 20, missingRows: 0 } });
  expect(await audit(store)).toEqual({ rows: 60, differences: 0 });
  const feed = await readChangeFeed(servers.kafka.brokers);
  const current = await store.query<{ key: string; now: string }>(
    `SELECT concat(store_id, '|', item_id) AS key, current_inventory AS now FROM pos.inventory_current`,
  );
  expect(Object.fromEntries(current.map(({ key, now }) => [key, Number(now)]))).toEqual(
    Object.fromEntries(Array.from(feed, ([key, record]) => [key, record.current_inventory])),
  );
  const announced = Array.from(feed).flatMap(([key, { era }]) => (era === 3 ? [key.split('|')[0]] : []));
  expect(announced).toEqual(Array.from({ length: 20 }, () => '2'));
});
