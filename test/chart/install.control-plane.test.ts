import { run } from '@tillstream/stack';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterTools, type ClusterTools } from '../cluster/binaries/kubectl-and-helm.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane/control-plane.ts';
import { EVERYTHING, examples } from './support/everything.ts';
import { CHART, named, render } from './support/helm.ts';
import { prometheusKinds } from './support/prometheus-kinds.ts';
import type { Schema } from './support/values-walk.ts';
import { wholePipeline } from './support/whole-pipeline.ts';

const EXAMPLES = fileURLToPath(new URL('../../k8s/', import.meta.url));
const examplesIn = (kind: string): string[] => readdirSync(join(EXAMPLES, kind)).map((name) => join(kind, name));
const folder = mkdtempSync(join(tmpdir(), 'tillstream-install-'));
let plane: ControlPlane | undefined;
let tools: ClusterTools;

beforeAll(async () => {
  tools = await clusterTools(() => undefined);
  plane = await startControlPlane({ folder, controllers: true });
  for (const namespace of ['retail', 'warehouse', 'tillstream']) await kubectl('create', 'namespace', namespace);
  for (const file of await prometheusKinds()) await kubectl('apply', '--server-side', '--filename', file);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
  await kubectl('label', 'namespace', 'retail', 'pod-security.kubernetes.io/enforce=restricted');
});

afterAll(async () => {
  await plane?.stop();
  rmSync(folder, { recursive: true });
});

async function kubectl(...args: string[]): Promise<string> {
  return run(tools.kubectl, ['--kubeconfig', plane!.kubeconfig, ...args]);
}

/** What the API server would do. It refuses fields that it does not know. */
async function dryRun(file: string): Promise<string> {
  const how = ['--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'];
  return kubectl('apply', ...how, '--filename', file);
}

async function helm(...args: string[]): Promise<string> {
  return run(tools.helm, ['--kubeconfig', plane!.kubeconfig, '--namespace', 'retail', ...args]);
}

async function pipelines(): Promise<string> {
  return kubectl('--namespace=retail', 'get', 'tsp', '--output=name');
}

function written(name: string, content: object): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

/** Without what only ends where there are nodes. */
const values = {
  ...EVERYTHING,
  crds: { upgrade: false },
  pipeline: { enabled: true, name: 'by-helm', spec: { suspend: true } },
};

test('one command installs it with a Pipeline; its pods may run where restricted pod security is enforced', async () => {
  await helm('install', 'shop', CHART, '--values', written('values.json', values));
  for (const component of ['operator', 'kafka', 'clickhouse', 'nats']) {
    const selector = `--selector=app.kubernetes.io/component=${component}`;
    const waiting = kubectl('--namespace=retail', 'wait', '--for=create', 'pod', selector, '--timeout=60s');
    expect(await waiting).toContain('condition met');
  }
  expect(await pipelines()).toBe('pipeline.tillstream.dev/by-helm\n');
});

test('the API server knows every field that is rendered', async () => {
  const everything = { ...values, crds: { upgrade: true } };
  const items = await render({ values: everything });
  const answer = await dryRun(written('objects.json', { apiVersion: 'v1', kind: 'List', items }));
  expect(answer.split('serverside-applied (server dry run)')).toHaveLength(items.length + 1);
});

test.each(examples())('the Pipeline of $name is one', async ({ values: example }) => {
  const pipeline = (await render({ values: example })).find(({ kind }) => kind === 'Pipeline')!;
  const file = written('pipeline.json', pipeline);
  expect(await dryRun(file)).toContain('serverside-applied (server dry run)');
});

test('a Pipeline in which every field is set is one', async () => {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
  const spec = wholePipeline(schema.properties!['pipeline']!.properties!['spec']!);
  const pipeline = named(await render({ values: { pipeline: { enabled: true, spec } } }), 'Pipeline');
  const file = written('pipeline.json', pipeline);
  expect(await dryRun(file)).toContain('serverside-applied (server dry run)');
});

test.each([...examplesIn('pipelines'), ...examplesIn('runs')])('k8s/%s is what it says', async (name) => {
  const file = join(EXAMPLES, name);
  expect(await dryRun(file)).toContain('serverside-applied (server dry run)');
});

test('the operator may do what it does in its namespaces, and no more', async () => {
  const pipelines = { group: 'tillstream.dev', resource: 'pipelines' };
  const ofEach = ['retail', 'warehouse'].flatMap((namespace) => [
    { allowed: true, what: { namespace, verb: 'patch', group: 'apps', resource: 'deployments' } },
    { allowed: true, what: { namespace, verb: 'patch', ...pipelines, subresource: 'status' } },
    { allowed: false, what: { namespace, verb: 'patch', ...pipelines } },
    { allowed: false, what: { namespace, verb: 'list', group: '', resource: 'secrets' } },
    { allowed: false, what: { namespace, verb: 'create', group: '', resource: 'pods' } },
  ]);
  const lease = { namespace: 'retail', verb: 'update', group: 'coordination.k8s.io', resource: 'leases' };
  const wanted = [
    ...ofEach,
    { allowed: false, what: { namespace: 'tillstream', verb: 'patch', group: 'apps', resource: 'deployments' } },
    { allowed: true, what: { ...lease, name: 'shop-tillstream-operator' } },
    { allowed: false, what: { ...lease, name: 'another' } },
  ];
  const items = wanted.map(({ what }) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: 'system:serviceaccount:retail:shop-tillstream-operator', resourceAttributes: what },
  }));
  const file = written('reviews.json', { apiVersion: 'v1', kind: 'List', items });
  // Asked one by one, a process each, it takes minutes on a busy machine.
  const answers = await kubectl('create', '--filename', file, '--output=jsonpath={.status.allowed} ');
  expect(answers.trim().split(' ')).toEqual(wanted.map(({ allowed }) => String(allowed)));
});

test('an upgrade changes the Pipeline; uninstalling leaves the kinds and nothing else', async () => {
  const spec = { suspend: true, stages: { generator: { recordsPerSecond: 5 } } };
  const more = written('more.json', { ...values, pipeline: { ...values.pipeline, spec } });
  await helm('upgrade', 'shop', CHART, '--values', more);
  const rate = ['--output=jsonpath={.items[0].spec.stages.generator.recordsPerSecond}'];
  expect(await kubectl('--namespace=retail', 'get', 'tsp', ...rate)).toBe('5');
  // What its objects own goes with them.
  await helm('uninstall', 'shop', '--wait', '--cascade', 'foreground');
  const kinds = 'all,configmaps,roles,rolebindings,networkpolicies,poddisruptionbudgets';
  for (const namespace of ['retail', 'warehouse']) {
    const ours = ['--selector=app.kubernetes.io/instance=shop', `--namespace=${namespace}`, '--output=name'];
    expect(await kubectl('get', kinds, ...ours)).toBe('');
  }
  expect(await kubectl('get', 'crds', '--output=name')).toContain('pipelines.tillstream.dev');
  await expect(kubectl('--namespace=retail', 'get', 'tsp', 'by-helm')).rejects.toThrow('not found');
});
