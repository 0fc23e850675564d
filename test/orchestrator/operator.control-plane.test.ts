import { writeReferenceData } from '@tillstream/generator';
import { audit, openClickHouseStore } from '@tillstream/store';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  IS_SOAK,
  of,
  pipelineOf,
  runOf,
  startBench,
  unreachable,
  until,
  type Bench,
  type Rule,
} from './support/bench.ts';
import type { Seen } from './support/api-proxy.ts';
import type { Kubectl } from './support/kubectl.ts';
import { PodsAsProcesses, type Workload } from './support/pods-as-processes.ts';
import { startServers, type Servers } from './support/servers.ts';

const FAULTS = IS_SOAK ? 1000 : 100;

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
function pipeline(name: string, spec: object = {}) {
  return pipelineOf(name, { ...servers, ...spec });
}

async function condition(name: string, type: string): Promise<string> {
  const { status } = await kubectl.get<Pipeline>('pipeline', name);
  const found = status?.conditions.find((one) => one.type === type);
  return found === undefined ? 'none' : `${found.status} ${found.reason}`;
}

/** Of this Pipeline alone: what another test's had may still be on its way out. */
async function deployments(pipeline: string): Promise<readonly Deployment[]> {
  return kubectl.list<Deployment>('deployments', of(pipeline));
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
  await bench.withPipeline(pipeline('fixed'));
  const more = pipeline('fixed', { kafka: { ...servers.kafka, partitions: 6 } });
  await expect(kubectl.apply(more)).rejects.toThrow('partitions cannot be changed');
});

test('a Pipeline becomes Deployments, follows its changes, and takes them with it', async () => {
  const one = bench.operator('alone');
  await bench.withPipeline(
    pipeline('shop', { stages: { silver: { replicas: { min: 2, max: 3 } }, generator: { transactions: 10 } } }),
  );
  await until(async () => expect(await condition('shop', 'StorageReady')).toBe('True Ready'));
  await until(async () => {
    expect((await deployments('shop')).map(({ spec }) => spec.replicas)).toEqual([1, 1, 2]);
    expect(await kubectl.list('jobs', of('shop'))).toHaveLength(1);
    expect(await kubectl.list('poddisruptionbudgets', of('shop'))).toHaveLength(1);
  });
  // No node, so no pod is ever ready.
  await until(async () => expect(await condition('shop', 'Ready')).toBe('False StageNotReady'));

  // Somebody's hand on a Deployment does not last.
  await kubectl.run('set', 'env', 'deployment/shop-gold-aggregator', 'KAFKA_BROKERS=elsewhere:9092');
  await kubectl.run('delete', 'deployment', 'shop-bronze-ingester');
  const right = (servers.kafka as { readonly brokers: readonly [string] }).brokers[0];
  await until(async () => {
    const gold = await kubectl.run('get', 'deployment', 'shop-gold-aggregator', '--output', 'yaml');
    expect(gold).toContain(`value: ${right}`);
    expect(await deployments('shop')).toHaveLength(3);
  });

  await kubectl.apply(pipeline('shop', { suspend: true, drainSeconds: 1, stages: {} }));
  await until(async () => expect((await deployments('shop')).map(({ spec }) => spec.replicas)).toEqual([0, 0, 0]));
  await until(async () => expect(await condition('shop', 'Drained')).toBe('True Drained'));
  expect(await kubectl.list('jobs', of('shop'))).toHaveLength(0);
  expect(await kubectl.list('poddisruptionbudgets', of('shop'))).toHaveLength(0);

  // Connections with Kafka, ClickHouse and NATS would keep it.
  expect(await one.end('SIGTERM')).toBe(0);
  await kubectl.run('delete', 'pipeline', 'shop');
  await until(async () => expect(await deployments('shop')).toHaveLength(0));
});

test('a Secret that is not there is told by its name, and used when it has come', async () => {
  bench.keptOperator('alone');
  const { spec } = unreachable('locked', 77);
  const clickhouse = { ...spec.clickhouse, existingSecret: 'login' };
  await bench.withPipeline(pipelineOf('locked', { ...spec, clickhouse }));
  await until(async () => expect(await condition('locked', 'Accepted')).toBe('False NotFound'));
  await kubectl.run('create', 'secret', 'generic', 'login', '--from-literal=username=a', '--from-literal=password=b');
  await kubectl.run('annotate', 'pipeline', 'locked', 'tillstream.dev/requestedAt=now');
  await until(async () => expect(await condition('locked', 'Accepted')).toBe('True Accepted'));
});

test('Validate says what would change, and changes nothing', async () => {
  bench.keptOperator('alone');
  const paused = { annotations: { 'tillstream.dev/pause-reconciliation': 'true' } };
  const generator = { transactions: 10 };
  const object = pipeline('looked-at', { stages: { silver: { replicas: { max: 3 } }, generator } });
  await bench.withPipeline(object);
  await until(async () => expect(await deployments('looked-at')).toHaveLength(3));
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
    expect.stringMatching(/^Job looked-at-generator-\w+ would be made$/),
    expect.stringMatching(/^Job looked-at-generator-\w+ would be deleted$/),
  ]);
  await expect(kubectl.apply({ ...run, spec: { ...run.spec, type: 'Refresh' } })).rejects.toThrow(
    'a run cannot be changed',
  );
});

test(
  'a run of a triggered pipeline processes what is there, reports and leaves no pod',
  { timeout: 300_000 },
  async () => {
    bench.keptOperator('alone');
    const reference = join(bench.folder, 'reference');
    await writeReferenceData(reference, { stores: 3, items: 20 });
    await kubectl.run('create', 'configmap', 'reference', `--from-file=${reference}`);
    const generator = { transactions: 2000, stores: 3, items: 20 };
    await bench.withPipeline(
      pipeline('nightly', { mode: 'Triggered', referenceData: { configMap: 'reference' }, stages: { generator } }),
    );
    await until(async () => expect(await condition('nightly', 'Ready')).toBe('True Idle'));
    await using pods = new PodsAsProcesses(bench.folder);
    const [job] = await kubectl.list<Workload>('jobs', of('nightly'));
    expect(await pods.complete(job!)).toBe(0);

    await kubectl.apply(runOf('nightly', 'tonight', 'Refresh'));
    const ended = kubectl.run('wait', '--for=condition=Succeeded', 'pipelinerun/tonight', '--timeout=200s');
    let isOver = false;
    void ended.finally(() => (isOver = true));
    while (!isOver) await pods.follow(await kubectl.list<Workload>('deployments', of('nightly')));
    await ended;
    await until(async () => {
      expect((await deployments('nightly')).map(({ spec }) => spec.replicas)).toEqual([0, 0, 0]);
      expect(await kubectl.get<Pipeline>('pipeline', 'nightly')).toMatchObject({
        status: { lastRun: { name: 'tonight', result: 'Succeeded' } },
      });
    });
    await using opened = new AsyncDisposableStack();
    const store = await openClickHouseStore({ url: servers.clickhouse.url });
    opened.defer(async () => store.close());
    expect(await audit(store)).toEqual({ rows: expect.any(Number), differences: 0 });
    const [told] = await store.query<{ runs: string }>(
      "SELECT count() AS runs FROM pos.pipeline_event WHERE service = 'orchestrator' AND message LIKE 'Refresh tonight%'",
    );
    expect(Number(told!.runs)).toBe(2);
  },
);

test('the API server is killed and comes back: what changed meanwhile is done', { timeout: 300_000 }, async () => {
  bench.keptOperator('alone');
  await bench.withPipeline(pipeline('kept'));
  await until(async () => expect(await deployments('kept')).toHaveLength(3));
  await bench.plane.stopApiServer('kill');
  await bench.plane.startApiServer();
  await kubectl.run('patch', 'pipeline', 'kept', '--type=merge', '--patch', '{"spec":{"restartNonce":7}}');
  await until(async () => {
    const { metadata, status } = await kubectl.get<Pipeline>('pipeline', 'kept');
    expect(status?.observedGeneration).toBe(metadata.generation);
    expect((await deployments('kept')).every(({ metadata: { generation } }) => generation > 1)).toBe(true);
  });
});

test(
  `${FAULTS} faults between it and the API server, and everything is right at the end`,
  { timeout: 3_600_000 },
  async () => {
    const { api } = bench;
    bench.keptOperator('faulty');
    await bench.withPipeline(pipeline('shop'));
    for (let index = 0; index < 5; index++) await bench.withPipeline(unreachable(`away-${index}`, index));
    await until(async () => expect(await deployments('shop')).toHaveLength(3));
    api.rate = 0.15;
    let nonce = 0;
    const happened = (): number => Object.values(api.counts).reduce((sum, count) => sum + count, 0);
    while (happened() < FAULTS) {
      nonce++;
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
      const { metadata, status } = await kubectl.get<Pipeline>('pipeline', 'shop');
      expect(status?.observedGeneration).toBe(metadata.generation);
      expect(status?.stages.map(({ desiredReplicas }) => desiredReplicas)).toEqual([1, wanted, 1]);
      const found = await deployments('shop');
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

test.runIf(IS_SOAK)(
  'a run that is due by the clock is made, done, and not kept for longer than it may be',
  { timeout: 300_000 },
  async () => {
    bench.keptOperator('alone');
    const schedule = { cron: '* * * * *' };
    await bench.withPipeline(pipeline('clock', { mode: 'Triggered', schedule, history: { succeededRuns: 0 } }));
    await vi.waitFor(
      async () => {
        const { status } = await kubectl.get<{ readonly status?: { readonly lastRun?: object } }>('pipeline', 'clock');
        expect(status?.lastRun).toMatchObject({ result: 'Succeeded', name: expect.stringMatching(/^clock-\d+$/) });
      },
      { timeout: 240_000, interval: 1000 },
    );
    await kubectl.run('patch', 'pipeline', 'clock', '--type=merge', '--patch', '{"spec":{"suspend":true}}');
    await until(async () => expect(await kubectl.list('pipelineruns', of('clock'))).toEqual([]));
  },
);

// After all others: looks at what they have made the operator ask for.
test('what it asks for is what the chart allows it', () => {
  const own = bench.api.seen.filter(({ url }) => !url.includes('/leases') && !url.includes('-tillstream-operator'));
  const used = new Set(own.filter(({ code }) => code !== 403).flatMap(rightsOf));
  // An API server that has just started refuses everything for a moment, until it knows the roles.
  const refused = own.filter(({ code }) => code === 403).flatMap(rightsOf);
  expect(refused.filter((right) => !used.has(right))).toEqual([]);
  // An apply of what is not there asks for create as well as patch.
  const unused = bench.rules.flatMap(allRights).filter((right) => !used.has(right));
  // Of an owner: asked for by the API server itself.
  const byOthers = ['tillstream.dev pipelines/finalizers update'];
  // After minutes only: what is due by the clock, and what autoscalers remember.
  const late = [
    'tillstream.dev pipelineruns create',
    'tillstream.dev pipelineruns delete',
    ' configmaps create',
    ' configmaps patch',
  ];
  const known = [...byOthers, ...(IS_SOAK ? [] : late)];
  expect(unused.filter((right) => !known.includes(right))).toEqual([]);
});

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** `group resource verb`. */
function rightsOf({ method, url, code }: Seen): readonly string[] {
  const { pathname, searchParams } = new URL(url, 'http://x');
  const path = /^\/(?:api|apis\/([^/]+))\/[^/]+\/(?:namespaces\/[^/]+\/)?([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
    pathname,
  );
  if (path === null) return [];
  const [, group = '', plural, name, part] = path;
  const resource = `${group} ${plural}${part === undefined ? '' : `/${part}`}`;
  if (method === 'GET')
    return [`${resource} ${name !== undefined ? 'get' : searchParams.has('watch') ? 'watch' : 'list'}`];
  const isMade = method === 'PATCH' && code === 201;
  return [`${resource} ${VERBS[method]}`, ...(isMade ? [`${resource} create`] : [])];
}

function allRights({ apiGroups, resources, verbs }: Rule): readonly string[] {
  return apiGroups.flatMap((group) => resources.flatMap((one) => verbs.map((verb) => `${group} ${one} ${verb}`)));
}
