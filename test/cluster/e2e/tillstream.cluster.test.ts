import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { NODE_NAME } from '../node/addresses.ts';
import { clusterChoice } from './choice.ts';
import { objectsOfCluster, objectsOfNamespace } from './objects.ts';
import { componentIs, imageWithTag, INVENTORY_ROWS, PIPELINE, Shop } from './shop.ts';
import { Steps } from './steps.ts';
import { useCluster } from './use-cluster.ts';

/** Bound a hang, on a machine that others keep busy. */
const WITHIN_MS = 300_000;
const LONG_MS = 1_200_000;
const AT_ONCE = ['--force', '--grace-period=0'];
const SILVER = componentIs('silver-normalizer');

type Pod = {
  readonly spec: { readonly containers: readonly [{ readonly image: string }] };
  readonly status: { readonly phase: string };
};
type Condition = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string };
type Run = {
  readonly spec: { readonly cause: string };
  readonly status: {
    readonly conditions: readonly Condition[];
    readonly comparedRows?: number;
    readonly newerRows?: number;
  };
};

/** The servers are those of this machine, which only pods of a cluster of the tests' own reach. One test follows another. */
describe.skipIf(clusterChoice().kind !== 'own')('Tillstream on a cluster', { timeout: 2 * LONG_MS }, () => {
  const cluster = useCluster();
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-cluster-'));
  const steps = new Steps();
  let shop: Shop;
  let atFirst: { readonly cluster: readonly string[]; readonly namespace: readonly string[] };

  beforeAll(async () => {
    shop = await Shop.open(cluster(), folder);
    atFirst = {
      cluster: await objectsOfCluster(cluster()),
      namespace: await objectsOfNamespace(cluster(), shop.namespace.name),
    };
  }, WITHIN_MS);

  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
    console.log(steps.report());
  }, WITHIN_MS);

  const until = async (check: () => Promise<void>, timeout = WITHIN_MS): Promise<void> =>
    await vi.waitFor(check, { timeout, interval: 1000 });

  const untilSilverHas = async (pods: number): Promise<void> =>
    await until(async () => {
      expect(await shop.silver()).toMatchObject({ desiredReplicas: pods, readyReplicas: pods });
    }, LONG_MS);

  /** All that the generator sent is in bronze, and gold is what the auditor makes of it. */
  async function expectExact(): Promise<void> {
    await until(async () => expect(await shop.sent()).toBeGreaterThan(0), LONG_MS);
    const records = await shop.sent();
    await until(async () => {
      expect(await shop.servers.look()).toEqual({ bronze: records, rows: INVENTORY_ROWS, differences: 0 });
    }, LONG_MS);
    console.log(`${records} records, ${INVENTORY_ROWS} rows of inventory, no difference`);
  }

  test('one helm install: a Pipeline becomes ready, pods are killed while records flow, inventory is exact', async () => {
    const generator = { transactions: 10_000, recordsPerSecond: 150 };
    await steps.take('helm install', async () => await shop.install({ generator, silver: { min: 1, max: 1 } }));
    await steps.take('the Pipeline is ready', async () => await shop.untilReady());
    await steps.take('helm test', async () => await shop.test());
    for (const stage of ['bronze-ingester', 'silver-normalizer', 'gold-aggregator']) {
      await shop.namespace.kubectl('delete', 'pod', componentIs(stage), ...AT_ONCE);
    }
    expect(await shop.sent()).toBeUndefined();
    await steps.take('killed pods are there again', async () => await shop.untilRolledOut());
    await steps.take('all that was sent is inventory', expectExact);
  });

  test('under load a stage scales out, pods, operator and API server are killed, and it scales in: no difference', async () => {
    await shop.load({ generator: { transactions: 600_000, recordsPerSecond: 6000 } });
    await steps.take('silver scales out', async () => await untilSilverHas(2));
    console.log((await shop.silver()).lastScaleReason);

    await shop.namespace.kubectl('delete', 'pod', SILVER, ...AT_ONCE);
    await shop.namespace.kubectl('delete', 'pod', componentIs('gold-aggregator'), '--wait=false');
    const before = await shop.leader();
    await shop.namespace.kubectl('delete', 'pod', before, ...AT_ONCE);
    const anotherLeads = async () => await until(async () => expect(await shop.leader()).not.toBe(before));
    await steps.take('another operator leads', anotherLeads);
    await cluster().killApiServer();
    await steps.take('the API server answers again', anotherLeads);
    await steps.take('killed pods are there again', async () => await shop.untilRolledOut());
    await steps.take('the Pipeline is ready again', async () => await shop.untilReady());

    await steps.take('all that was sent is inventory', expectExact);
    await steps.take('silver scales in', async () => await untilSilverHas(1));
    console.log((await shop.silver()).lastScaleReason);
    await expectExact();
  });

  test('a drained worker heals, and fewer pods do while records flow: no difference', async () => {
    const generator = { transactions: 20_000, recordsPerSecond: 150 };
    await shop.load({ generator, silver: { min: 2, max: 2 } });
    await steps.take('silver has two pods', async () => await untilSilverHas(2));
    await shop.untilReady();
    // There is no other worker: of two pods the budget gives one away, whose successor finds no place.
    const drain = ['drain', NODE_NAME, '--delete-emptydir-data', '--timeout=45s'];
    await steps.take('the worker is drained', async () => {
      await expect(cluster().kubectl(...drain)).rejects.toThrow('unable to drain node');
    });
    const phases = (await shop.namespace.list<Pod>('pods', SILVER)).map(({ status }) => status.phase);
    expect(phases.toSorted()).toEqual(['Pending', 'Running']);
    for (const stage of ['bronze-ingester', 'gold-aggregator']) {
      const [pod] = await shop.namespace.list<Pod>('pods', componentIs(stage));
      expect(pod!.status.phase).toBe('Pending');
    }
    await cluster().kubectl('uncordon', NODE_NAME);
    await steps.take('its pods are there again', async () => await shop.untilRolledOut());

    await shop.upgrade({ generator, silver: { min: 1, max: 1 } });
    await steps.take('silver has one pod', async () => await untilSilverHas(1));
    expect(await shop.sent()).toBeUndefined();
    await steps.take('all that was sent is inventory', expectExact);
  });

  test('an upgrade to another image replaces every pod while records flow, and brings the kinds: no difference', async () => {
    await cluster().tagImage('next');
    const generator = { transactions: 6000, recordsPerSecond: 150 };
    await shop.load({ generator });
    const kind = ['crd', 'pipelines.tillstream.dev'];
    const older = [{ op: 'remove', path: '/spec/names/shortNames' }];
    await cluster().kubectl('patch', ...kind, '--type=json', '--patch', JSON.stringify(older));
    await steps.take('helm upgrade', async () => await shop.upgrade({ generator, tag: 'next' }));
    expect(await cluster().kubectl('get', ...kind, '--output=jsonpath={.spec.names.shortNames[0]}')).toBe('tsp');
    await steps.take('every pod has the other image', async () => {
      await until(async () => {
        const images = (await shop.namespace.list<Pod>('pods')).map(({ spec }) => spec.containers[0].image);
        expect(new Set(images)).toEqual(new Set([imageWithTag('next')]));
      });
      await shop.untilReady();
    });
    await steps.take('all that was sent is inventory', expectExact);
  });

  test('a full refresh while records flow ends with equal gold', async () => {
    await shop.load({ generator: { transactions: 20_000, recordsPerSecond: 150 } });
    await steps.take('the Pipeline is ready', async () => await shop.untilReady());
    await shop.namespace.apply({
      apiVersion: 'tillstream.dev/v1alpha1',
      kind: 'PipelineRun',
      metadata: { name: 'full-refresh' },
      spec: { pipeline: PIPELINE, type: 'FullRefresh' },
    });
    await steps.take('the full refresh has succeeded', async () => {
      const ended = ['--for=condition=Succeeded', '--timeout=900s'];
      await shop.namespace.kubectl('wait', 'pipelinerun/full-refresh', ...ended);
    });
    expect(await shop.sent()).toBeUndefined();
    const { status } = await shop.namespace.get<Run>('pipelinerun', 'full-refresh');
    console.log(status);
    expect(status).toMatchObject({ era: 2, changedRows: 0, missingRows: 0, removedRows: 0 });
    // What tills have sold since the computation is newer than it.
    expect(status.comparedRows! + status.newerRows!).toBe(INVENTORY_ROWS);
    await steps.take('all that was sent is inventory', expectExact);
  });

  test('a triggered Pipeline runs when its schedule says so, reports, and leaves no pod', async () => {
    const spec = { mode: 'Triggered', schedule: { cron: '* * * * *' } };
    await shop.load({ generator: { transactions: 3000 }, tag: 'next', spec });
    await steps.take('all that was sent is inventory', expectExact);
    await steps.take('a run has succeeded', async () => {
      await until(async () => {
        expect((await shop.pipeline()).status.lastRun).toMatchObject({ result: 'Succeeded' });
      }, LONG_MS);
    });
    const { lastRun } = (await shop.pipeline()).status;
    const run = await shop.namespace.get<Run>('pipelinerun', lastRun!.name);
    expect(run.spec.cause).toBe('Schedule');
    expect(run.status.conditions).toContainEqual(expect.objectContaining({ type: 'Succeeded', status: 'True' }));
    await steps.take('no pod is left', async () => {
      await until(async () => expect((await shop.pipeline()).status.replicas).toBe(0));
    });
  });

  test('uninstalling leaves topics, tables and kinds, and nothing else', async () => {
    const { servers } = shop;
    const outside = async (): Promise<object> => ({
      tables: await servers.tables(),
      topics: await servers.topics(),
      ...(await servers.look()),
    });
    const before = await outside();
    expect(before).toMatchObject({ rows: INVENTORY_ROWS, differences: 0 });
    await steps.take('helm uninstall', async () => {
      await shop.uninstall();
      await until(async () => {
        expect(await objectsOfNamespace(cluster(), shop.namespace.name)).toEqual(atFirst.namespace);
      });
    });
    const kinds = new Set(['pipelineruns.tillstream.dev', 'pipelines.tillstream.dev', 'v1alpha1.tillstream.dev']);
    await until(async () => {
      const added = (await objectsOfCluster(cluster())).filter((name) => !atFirst.cluster.includes(name));
      expect(new Set(added.map((name) => name.split('/')[1]))).toEqual(kinds);
    });
    expect(await outside()).toEqual(before);
  });
});
