import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clusterChoice } from './choice.ts';
import { componentIs, imageWithTag, INVENTORY_ROWS, Shop } from './shop.ts';
import { useCluster } from './use-cluster.ts';

/** Bound a hang, on a machine that others keep busy. */
const WITHIN_MS = 300_000;
const LONG_MS = 1_200_000;

type Pod = { readonly spec: { readonly containers: readonly [{ readonly image: string }] } };
type Condition = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string };
type Run = {
  readonly spec: { readonly cause: string };
  readonly status: { readonly conditions: readonly Condition[] };
};

/** What each namespace has, and what the test has made. */
const LEFT = ['configmap/kube-root-ca.crt', 'configmap/reference', 'serviceaccount/default'];
const KINDS = [
  'pods,services,deployments,replicasets,jobs,configmaps,secrets,serviceaccounts,leases,roles,rolebindings',
  'networkpolicies,poddisruptionbudgets,pipelines,pipelineruns',
].join();

/** The servers are those of this machine, which only pods of a cluster of the tests' own reach. One test follows another. */
describe.skipIf(clusterChoice().kind !== 'own')('Tillstream on a cluster', { timeout: 2 * LONG_MS }, () => {
  const cluster = useCluster();
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-cluster-'));
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.open(cluster(), folder);
  }, WITHIN_MS);

  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }, WITHIN_MS);

  const until = async (check: () => Promise<void>, timeout = WITHIN_MS): Promise<void> =>
    await vi.waitFor(check, { timeout, interval: 1000 });

  /** All that the generator sent is in bronze, and gold is what the auditor makes of it. */
  async function expectExact(): Promise<void> {
    await until(async () => expect(await shop.sent()).toBeGreaterThan(0), LONG_MS);
    const records = await shop.sent();
    await until(async () => {
      expect(await shop.servers.look()).toEqual({ bronze: records, rows: INVENTORY_ROWS, differences: 0 });
    }, LONG_MS);
    console.log(`${records} records, ${INVENTORY_ROWS} rows of inventory, no difference`);
  }

  test('it is installed, a Pipeline becomes ready, and what is sent becomes exact inventory', async () => {
    await shop.install({ generator: { transactions: 2000 } });
    await shop.untilReady();
    await expectExact();
  });

  test('under load a stage scales out, pods, operator and API server are killed, and it scales in: no difference', async () => {
    await shop.load({ generator: { transactions: 800_000, recordsPerSecond: 8000 } });
    await until(
      async () => expect(await shop.silver()).toMatchObject({ desiredReplicas: 2, readyReplicas: 2 }),
      LONG_MS,
    );
    console.log((await shop.silver()).lastScaleReason);

    const atOnce = ['--force', '--grace-period=0'];
    await shop.namespace.kubectl('delete', 'pod', componentIs('silver-normalizer'), ...atOnce);
    await shop.namespace.kubectl('delete', 'pod', componentIs('gold-aggregator'), '--wait=false');
    const before = await shop.leader();
    await shop.namespace.kubectl('delete', 'pod', before, ...atOnce);
    await until(async () => expect(await shop.leader()).not.toBe(before));
    await cluster().killApiServer();
    await until(async () => expect(await shop.leader()).not.toBe(before));
    await shop.untilReady();

    await expectExact();
    await until(
      async () => expect(await shop.silver()).toMatchObject({ desiredReplicas: 1, readyReplicas: 1 }),
      LONG_MS,
    );
    console.log((await shop.silver()).lastScaleReason);
    await expectExact();
  });

  test('an upgrade to another image replaces every pod while records flow: no difference', async () => {
    await cluster().tagImage('next');
    const generator = { transactions: 10_000, recordsPerSecond: 200 };
    await shop.load({ generator });
    await shop.upgrade({ generator, tag: 'next' });
    await until(async () => {
      const images = (await shop.namespace.list<Pod>('pods')).map(({ spec }) => spec.containers[0].image);
      expect(new Set(images)).toEqual(new Set([imageWithTag('next')]));
    });
    await shop.untilReady();
    await expectExact();
  });

  test('a triggered Pipeline runs when its schedule says so, reports, and leaves no pod', async () => {
    const spec = { mode: 'Triggered', schedule: { cron: '* * * * *' } };
    await shop.load({ generator: { transactions: 3000 }, tag: 'next', spec });
    await expectExact();
    await until(async () => {
      expect((await shop.pipeline()).status.lastRun).toMatchObject({ result: 'Succeeded' });
    }, LONG_MS);
    const { lastRun } = (await shop.pipeline()).status;
    const run = await shop.namespace.get<Run>('pipelinerun', lastRun!.name);
    expect(run.spec.cause).toBe('Schedule');
    expect(run.status.conditions).toContainEqual(expect.objectContaining({ type: 'Succeeded', status: 'True' }));
    await until(async () => expect((await shop.pipeline()).status.replicas).toBe(0));
  });

  test('uninstalling leaves topics and tables, and nothing else', async () => {
    const { servers } = shop;
    const before = { tables: await servers.tables(), ...(await servers.look()) };
    await shop.uninstall();
    await until(async () => {
      const found = await shop.namespace.kubectl('get', KINDS, '--output=name');
      expect(found.trim().split('\n')).toEqual(LEFT);
    });
    expect({ tables: await servers.tables(), ...(await servers.look()) }).toEqual(before);
  });
});
