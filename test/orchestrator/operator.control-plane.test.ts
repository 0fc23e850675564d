import { writeReferenceData } from '@tillstream/generator';
import { startClickHouse, startKafka, startNats } from '@tillstream/stack';
import { audit, openClickHouseStore } from '@tillstream/store';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { clusterTools } from '../cluster/binaries/kubectl-and-helm.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane/control-plane.ts';
import { startFaultyApi } from './support/faulty-api.ts';
import { Kubectl } from './support/kubectl.ts';
import { OperatorProcess } from './support/operator-process.ts';
import { PodsAsProcesses, type Workload } from './support/pods-as-processes.ts';

const CRDS = fileURLToPath(new URL('../../helm/tillstream/crds', import.meta.url));
const IS_SOAK = process.env['TILLSTREAM_SOAK'] === '1';
const FAULTS = IS_SOAK ? 1000 : 100;

const OF_OPERATOR = '--selector=app.kubernetes.io/managed-by=tillstream-operator';

const folder = mkdtempSync(join(tmpdir(), 'operator-'));
const cleanups: (() => Promise<unknown>)[] = [];
let plane: ControlPlane;
let kubectl: Kubectl;
let servers: { readonly kafka: object; readonly clickhouse: { readonly url: string }; readonly nats: object };

beforeAll(async () => {
  const tools = await clusterTools(console.log);
  plane = await startControlPlane({ folder: join(folder, 'plane'), controllers: true });
  cleanups.push(async () => plane.stop());
  kubectl = new Kubectl(tools.kubectl, plane.kubeconfig);
  await kubectl.run('apply', '--server-side', '--filename', CRDS);
  await kubectl.run(
    'wait',
    '--for=condition=Established',
    'crd/pipelines.tillstream.dev',
    'crd/pipelineruns.tillstream.dev',
  );
  const kafka = await startKafka({ folder: join(folder, 'kafka'), version: '4.1' });
  cleanups.push(async () => kafka.stop());
  const clickHouse = await startClickHouse({ folder: join(folder, 'clickhouse') });
  cleanups.push(async () => clickHouse.stop());
  const nats = await startNats({ folder: join(folder, 'nats') });
  cleanups.push(async () => nats.stop());
  servers = {
    kafka: { brokers: [kafka.brokers], partitions: 3, replicationFactor: 1, compression: 'none' },
    clickhouse: { url: clickHouse.url },
    nats: { servers: [nats.address] },
  };
}, 300_000);

afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  rmSync(folder, { recursive: true });
}, 60_000);

type Condition = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string };
type Pipeline = {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: {
    readonly observedGeneration: number;
    readonly conditions: readonly Condition[];
    readonly stages: readonly { readonly desiredReplicas: number }[];
  };
};
type Deployment = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation: number };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } };
  };
};
type KubernetesObject = { readonly metadata: { readonly name: string } };
type Lease = { readonly spec: { readonly holderIdentity: string } };

function pipeline(name: string, spec: object = {}) {
  return {
    apiVersion: 'tillstream.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name, namespace: 'default' },
    spec: { ...servers, ...spec },
  };
}

function aRun(name: string, of: string, type: string) {
  return {
    apiVersion: 'tillstream.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name, namespace: 'default' },
    spec: { pipeline: of, type },
  };
}

async function closing<Open extends { close(): Promise<void> }>(
  opening: Promise<Open>,
): Promise<Open & AsyncDisposable> {
  const open = await opening;
  return Object.assign(open, { [Symbol.asyncDispose]: async () => open.close() });
}

function unreachable(name: string, index: number) {
  return pipeline(name, {
    kafka: { brokers: [`127.0.0.2:${20_000 + index}`] },
    clickhouse: { url: `http://127.0.0.2:${40_000 + index}` },
  });
}

/** An operator that ends with the test. */
function operator(name: string, kubeconfig = plane.kubeconfig): OperatorProcess {
  const one = new OperatorProcess({ name, kubeconfig, logFile: join(folder, `${name}.log`) });
  onTestFinished(async () => one[Symbol.asyncDispose]());
  return one;
}

async function withPipeline(object: ReturnType<typeof pipeline>): Promise<void> {
  await kubectl.apply(object);
  onTestFinished(async () => {
    await kubectl.run('delete', 'pipeline', object.metadata.name, '--ignore-not-found', '--wait=false');
  });
}

const until = async (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 110_000, interval: 500 });

async function condition(name: string, type: string): Promise<string> {
  const { status } = await kubectl.get<Pipeline>('pipeline', name);
  const found = status?.conditions.find((one) => one.type === type);
  return found === undefined ? 'none' : `${found.status} ${found.reason}`;
}

async function deployments(): Promise<readonly Deployment[]> {
  return kubectl.list<Deployment>('deployments', OF_OPERATOR);
}

test.each([
  ['a schedule without Triggered', { schedule: { cron: '@daily' } }, 'a schedule needs mode Triggered'],
  [
    'a login in the open',
    { kafka: { brokers: ['a:1'], mechanism: 'MskIam', awsRegion: 'x' } },
    'a login is only sent encrypted',
  ],
  ['no pods at all', { stages: { gold: { replicas: { min: 0 } } } }, 'replicas.min may be 0 only with mode Triggered'],
  [
    'two loaders of count files',
    { stages: { bronze: { countFilesClaim: 'x', replicas: { max: 2 } } } },
    'two pods would send each sheet twice',
  ],
  ['a field that nobody knows', { stages: { gold: { replica: 1 } } }, 'unknown field "replica"'],
  [
    'less than the least',
    { stages: { gold: { replicas: { min: 3, max: 2 } } } },
    'replicas.min must not exceed replicas.max',
  ],
])('the API server refuses %s', async (_, spec, message) => {
  await expect(kubectl.apply(pipeline('refused', spec))).rejects.toThrow(message);
});

test('partitions stay', async () => {
  await withPipeline(pipeline('fixed'));
  const more = pipeline('fixed', { kafka: { ...servers.kafka, partitions: 6 } });
  await expect(kubectl.apply(more)).rejects.toThrow('partitions cannot be changed');
});

test('a Pipeline becomes Deployments, follows its changes, and takes them with it', async () => {
  operator('alone');
  await withPipeline(
    pipeline('shop', { stages: { silver: { replicas: { min: 2, max: 3 } }, generator: { transactions: 10 } } }),
  );
  await until(async () => expect(await condition('shop', 'StorageReady')).toBe('True Ready'));
  await until(async () => expect((await deployments()).map(({ spec }) => spec.replicas)).toEqual([1, 1, 2]));
  expect(await kubectl.list('jobs')).toHaveLength(1);
  expect(await kubectl.list('poddisruptionbudgets')).toHaveLength(1);
  // No node, so no pod is ever ready.
  await until(async () => expect(await condition('shop', 'Ready')).toBe('False StageNotReady'));

  // Somebody's hand on a Deployment does not last.
  await kubectl.run('set', 'env', 'deployment/shop-gold-aggregator', 'KAFKA_BROKERS=elsewhere:9092');
  await kubectl.run('delete', 'deployment', 'shop-bronze-ingester');
  const right = (servers.kafka as { readonly brokers: readonly [string] }).brokers[0];
  await until(async () => {
    const gold = await kubectl.run('get', 'deployment', 'shop-gold-aggregator', '--output', 'yaml');
    expect(gold).toContain(`value: ${right}`);
    expect(await deployments()).toHaveLength(3);
  });

  await kubectl.apply(
    pipeline('shop', { suspend: true, drainSeconds: 1, stages: { silver: { replicas: { min: 2, max: 3 } } } }),
  );
  await until(async () => expect((await deployments()).map(({ spec }) => spec.replicas)).toEqual([0, 0, 0]));
  await until(async () => expect(await condition('shop', 'Drained')).toBe('True Drained'));
  expect(await kubectl.list('jobs')).toHaveLength(0);

  await kubectl.run('delete', 'pipeline', 'shop');
  await until(async () => expect(await deployments()).toHaveLength(0));
});

test('Validate says what would change, and changes nothing', async () => {
  operator('alone');
  const paused = { annotations: { 'tillstream.dev/pause-reconciliation': 'true' } };
  const object = pipeline('looked-at');
  await withPipeline(object);
  await until(async () => expect(await deployments()).toHaveLength(3));
  await kubectl.apply({
    ...object,
    metadata: { ...object.metadata, ...paused },
    spec: { ...object.spec, restartNonce: 2 },
  });
  await until(async () => expect(await condition('looked-at', 'ReconciliationPaused')).toBe('True Annotated'));
  const run = {
    apiVersion: 'tillstream.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name: 'look', namespace: 'default' },
    spec: { pipeline: 'looked-at', type: 'Validate' },
  };
  await kubectl.apply(run);
  await kubectl.run('wait', '--for=condition=Succeeded', 'pipelinerun/look', '--timeout=100s');
  const { status } = await kubectl.get<{ readonly status: { readonly findings: readonly string[] } }>(
    'pipelinerun',
    'look',
  );
  expect(status.findings).toEqual([
    'Deployment looked-at-bronze-ingester would change, and its pods would be replaced',
    'Deployment looked-at-silver-normalizer would change, and its pods would be replaced',
    'Deployment looked-at-gold-aggregator would change, and its pods would be replaced',
  ]);
  await expect(kubectl.apply({ ...run, spec: { ...run.spec, type: 'Refresh' } })).rejects.toThrow(
    'a run cannot be changed',
  );
});

test(
  'a run of a triggered pipeline processes what is there, reports and leaves no pod',
  { timeout: 300_000 },
  async () => {
    operator('alone');
    const reference = join(folder, 'reference');
    await writeReferenceData(reference, { stores: 3, items: 20 });
    await kubectl.run('create', 'configmap', 'reference', `--from-file=${reference}`);
    const generator = { transactions: 2000, stores: 3, items: 20 };
    await withPipeline(
      pipeline('nightly', { mode: 'Triggered', referenceData: { configMap: 'reference' }, stages: { generator } }),
    );
    await until(async () => expect(await condition('nightly', 'Ready')).toBe('True Idle'));
    await using pods = new PodsAsProcesses(folder);
    const [job] = await kubectl.list<Workload>('jobs');
    expect(await pods.complete(job!)).toBe(0);

    await kubectl.apply(aRun('tonight', 'nightly', 'Refresh'));
    const ended = kubectl.run('wait', '--for=condition=Succeeded', 'pipelinerun/tonight', '--timeout=200s');
    let isOver = false;
    void ended.finally(() => (isOver = true));
    while (!isOver) await pods.follow(await kubectl.list<Workload>('deployments', OF_OPERATOR));
    await ended;
    await until(async () => {
      expect((await deployments()).map(({ spec }) => spec.replicas)).toEqual([0, 0, 0]);
      expect(await kubectl.get<Pipeline>('pipeline', 'nightly')).toMatchObject({
        status: { lastRun: { name: 'tonight', result: 'Succeeded' } },
      });
    });
    await using store = await closing(openClickHouseStore({ url: servers.clickhouse.url }));
    expect(await audit(store)).toEqual({ rows: expect.any(Number), differences: 0 });
    const [told] = await store.query<{ runs: string }>(
      "SELECT count() AS runs FROM pos.pipeline_event WHERE service = 'orchestrator' AND message LIKE 'Refresh tonight%'",
    );
    expect(Number(told!.runs)).toBe(2);
  },
);

const GOLD_PODS = '--selector=app.kubernetes.io/component=gold-aggregator';

test('a full refresh puts damaged gold right while tills go on', { timeout: 400_000 }, async () => {
  operator('alone');
  const files = join(folder, 'whole');
  await writeReferenceData(files, { stores: 3, items: 20 });
  await kubectl.run('create', 'configmap', 'whole', `--from-file=${files}`);
  const fixed = { scaling: { policy: 'Fixed' } };
  const generator = { transactions: 12_000, stores: 3, items: 20, recordsPerSecond: 100 };
  const stages = { bronze: fixed, silver: fixed, gold: fixed, generator };
  await withPipeline(pipeline('whole', { referenceData: { configMap: 'whole' }, stages }));
  await until(async () => expect((await deployments()).map(({ spec }) => spec.replicas)).toEqual([1, 1, 1]));
  await using pods = new PodsAsProcesses(folder);
  await pods.follow(await kubectl.list<Workload>('deployments', OF_OPERATOR));
  const sending = pods.complete((await kubectl.list<Workload>('jobs'))[0]!);
  await using store = await closing(openClickHouseStore({ url: servers.clickhouse.url }));
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
  const binding = join(folder, 'binding.json');
  const target = { kind: 'Node', name: 'somewhere' };
  writeFileSync(binding, JSON.stringify({ apiVersion: 'v1', kind: 'Binding', metadata: { name }, target }));
  await kubectl.run('create', '--raw', `/api/v1/namespaces/default/pods/${name}/binding`, '--filename', binding);
  await kubectl.apply(aRun('again', 'whole', 'FullRefresh'));
  await until(async () => {
    const { status } = await kubectl.get<Pipeline>('pipelinerun', 'again');
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
});

test('of two operators one acts; another follows one that is killed, one that stood still ends, and one that is told to ends in order', async () => {
  const holder = async (): Promise<string> =>
    (await kubectl.get<Lease>('lease', 'tillstream-operator')).spec.holderIdentity;
  const first = operator('first');
  await until(async () => expect(await holder()).toBe('first'));
  const second = operator('second');
  first.signal('SIGSTOP');
  await until(async () => expect(await holder()).toBe('second'));
  first.signal('SIGCONT');
  await until(async () => expect(first.hasEnded).toBe(true));
  await second.end('SIGKILL');
  const third = operator('third');
  await until(async () => expect(await holder()).toBe('third'));
  expect(await third.end('SIGTERM')).toBe(0);
  expect(await holder()).toBe('');
});

test('the API server is killed and comes back: what changed meanwhile is done', async () => {
  operator('alone');
  await withPipeline(pipeline('kept'));
  await until(async () => expect(await deployments()).toHaveLength(3));
  await plane.stopApiServer('kill');
  await plane.startApiServer();
  await kubectl.run('patch', 'pipeline', 'kept', '--type=merge', '--patch', '{"spec":{"restartNonce":7}}');
  await until(async () => {
    const { metadata, status } = await kubectl.get<Pipeline>('pipeline', 'kept');
    expect(status?.observedGeneration).toBe(metadata.generation);
    expect((await deployments()).every(({ metadata: { generation } }) => generation > 1)).toBe(true);
  });
});

test('200 Pipelines are looked at within a minute of its start', async () => {
  const all = Array.from({ length: 200 }, (_, index) => unreachable(`many-${index}`, index));
  await kubectl.apply(...all);
  onTestFinished(async () => {
    await kubectl.run('delete', 'pipelines', '--all', '--wait=false');
  });
  const one = operator('busy');
  const startedAt = performance.now();
  await until(async () => {
    const found = await kubectl.list<Pipeline>('pipelines');
    expect(found.filter(({ status }) => status?.observedGeneration === 1)).toHaveLength(200);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  console.log('200 Pipelines after', seconds.toFixed(1), 's, start included');
  expect(seconds).toBeLessThan(60);
  expect(one.hasEnded).toBe(false);
});

test(
  `${FAULTS} faults between it and the API server, and everything is right at the end`,
  { timeout: 3_600_000 },
  async () => {
    const random = seeded(4711);
    await using api = await startFaultyApi(plane.kubeconfig, random);
    const kubeconfig = join(folder, 'faulty.kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify(api.kubeconfig));
    mkdirSync(join(folder, 'logs'), { recursive: true });
    let one = operator('faulty', kubeconfig);
    // As Kubernetes does: an operator whose lease could not be renewed in time ends.
    const keepRunning = (): void => {
      if (one.hasEnded) one = operator('faulty', kubeconfig);
    };
    await withPipeline(pipeline('shop'));
    for (let index = 0; index < 5; index++) await withPipeline(unreachable(`away-${index}`, index));
    await until(async () => expect(await deployments()).toHaveLength(3));
    api.rate = 0.15;
    let nonce = 0;
    const happened = (): number => Object.values(api.counts).reduce((sum, count) => sum + count, 0);
    while (happened() < FAULTS) {
      nonce++;
      keepRunning();
      const min = 1 + (nonce % 3);
      const spec = {
        restartNonce: nonce,
        stages: { silver: { replicas: { min, max: 3 }, scaling: { policy: 'Fixed' } } },
      };
      await kubectl.run('patch', 'pipeline', 'shop', '--type=merge', '--patch', JSON.stringify({ spec }));
      if (nonce % 5 === 0) await kubectl.run('delete', 'deployment', 'shop-gold-aggregator', '--ignore-not-found');
    }
    api.rate = 0;
    const wanted = 1 + (nonce % 3);
    await until(async () => {
      keepRunning();
      const { metadata, status } = await kubectl.get<Pipeline>('pipeline', 'shop');
      expect(status?.observedGeneration).toBe(metadata.generation);
      expect(status?.stages.map(({ desiredReplicas }) => desiredReplicas)).toEqual([1, wanted, 1]);
      const found = await deployments();
      expect(found.map((one) => `${one.metadata.name} ${one.spec.replicas}`).sort()).toEqual([
        'shop-bronze-ingester 1',
        'shop-gold-aggregator 1',
        `shop-silver-normalizer ${wanted}`,
      ]);
      const hashes = found.map(({ spec }) => spec.template.metadata.annotations['tillstream.dev/config-hash']);
      expect(new Set(hashes).size).toBe(1);
    });
    console.log('faults', JSON.stringify(api.counts), 'changes', nonce);
  },
);

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
