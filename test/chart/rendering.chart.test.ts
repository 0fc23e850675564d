import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { EVERYTHING, examples } from './support/everything.ts';
import { CHART, named, notes, render } from './support/helm.ts';
import { podsOf, restrictedViolations } from './support/pods.ts';

const CASES = [{ name: 'nothing set', values: {} }, { name: 'everything on', values: EVERYTHING }, ...examples()];

test.each(CASES)('every pod has restricted pod security: $name', async ({ values }) => {
  const pods = podsOf(await render({ values }));
  expect(pods.length).toBeGreaterThanOrEqual(2);
  for (const pod of pods) expect(restrictedViolations(pod), pod.of).toEqual([]);
});

test('the root of our own pods is read-only, and only what asks the API has a token', async () => {
  const pods = podsOf(await render({ values: EVERYTHING }));
  const isOurs = ({ containers: [{ image }] }: any): boolean => image === 'localhost/tillstream:dev';
  const ours = pods.filter(({ spec }) => isOurs(spec));
  const withApi = ['Deployment shop-tillstream-operator', 'Job shop-tillstream-kinds'];
  expect(ours.map(({ of }) => of).toSorted()).toEqual([...withApi, 'Pod shop-tillstream-test']);
  for (const { spec } of ours) expect(spec.containers[0].securityContext.readOnlyRootFilesystem).toBe(true);
  const withToken = pods.filter(({ spec }) => spec.automountServiceAccountToken !== false);
  expect(withToken.map(({ of }) => of).toSorted()).toEqual(withApi);
});

test('names and labels are at most 63 characters, however long the release', async () => {
  for (const values of [EVERYTHING, { ...EVERYTHING, watchNamespaces: [] }]) {
    const objects = await render({ values, release: `r${'x'.repeat(52)}` });
    const own = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition');
    expect(new Set(own.map(({ kind, metadata: { name, namespace } }) => `${kind} ${namespace} ${name}`)).size).toBe(
      own.length,
    );
    for (const { metadata } of own) {
      expect(metadata.name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])$/);
      for (const value of Object.values(metadata.labels ?? {}))
        expect(value).toMatch(/^([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/);
    }
  }
});

test('selectors do not change with the version, and find the pods', async () => {
  const objects = await render({ values: EVERYTHING });
  for (const { kind, metadata, spec } of objects) {
    const selector =
      kind === 'Service' ? spec.selector : (spec?.selector?.matchLabels ?? spec?.podSelector?.matchLabels);
    if (selector === undefined) continue;
    expect(Object.keys(selector), metadata.name).not.toContain('app.kubernetes.io/version');
    expect(Object.keys(selector), metadata.name).not.toContain('helm.sh/chart');
    if (spec.template === undefined) continue;
    expect(spec.template.metadata.labels).toMatchObject(selector);
  }
});

test('the chart sets replicas of its own pods only', async () => {
  const objects = await render({ values: EVERYTHING });
  const withReplicas = objects.filter(({ spec }) => spec?.replicas !== undefined).map(({ metadata }) => metadata.name);
  expect(withReplicas.toSorted()).toEqual(
    ['clickhouse', 'kafka', 'nats', 'operator'].map((name) => `shop-tillstream-${name}`),
  );
});

test('with network policies every pod that stays has one that selects it', async () => {
  const objects = await render({ values: EVERYTHING });
  const selectors = objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map(({ spec }) => spec.podSelector.matchLabels);
  const alone = podsOf(objects).filter(
    ({ labels }) => !selectors.some((one) => Object.entries(one).every(([key, value]) => labels[key] === value)),
  );
  expect(alone.map(({ of }) => of)).toEqual(['Pod shop-tillstream-test', 'Job shop-tillstream-kinds']);
});

test('an upgrade brings the definitions of the resources before all else; an install has them from Helm', async () => {
  const { data, metadata } = named(await render(), 'ConfigMap', 'shop-tillstream-kinds');
  expect(metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-upgrade' });
  for (const file of ['pipelines', 'pipelineruns']) {
    const declared: unknown = parse(readFileSync(join(CHART, 'crds', `${file}.yaml`), 'utf8'));
    expect(JSON.parse(data![`${file}.tillstream.dev`]!)).toEqual(declared);
  }
  const hooks = (await render({ isUpgrade: false })).filter(({ metadata: { annotations = {} } }) =>
    annotations['helm.sh/hook']?.startsWith('pre-'),
  );
  expect(hooks).toEqual([]);
});

test('a Pipeline finds the development servers, and what it says outweighs them', async () => {
  const spec = { kafka: { partitions: 3 }, clickhouse: { url: 'http://elsewhere:8123' } };
  const values = { ...EVERYTHING, pipeline: { enabled: true, spec } };
  expect(named(await render({ values }), 'Pipeline').spec).toEqual({
    kafka: { brokers: ['shop-tillstream-kafka.retail.svc:9092'], replicationFactor: 1, partitions: 3 },
    clickhouse: { url: 'http://elsewhere:8123' },
    nats: { servers: ['shop-tillstream-nats.retail.svc:4222'] },
  });
});

test('the notes say what was made, what was not, and what to do', async () => {
  expect(await notes()).toContain('There is no Pipeline of this release. Declare one');
  const everything = await notes({ ...EVERYTHING, rbac: { create: false } });
  expect(everything).toContain('The operator shop-tillstream-operator works on Pipelines of retail, warehouse.');
  expect(everything).toContain('helm test shop -n retail');
  expect(everything).toContain('kubectl -n retail get tsp inventory --watch');
  expect(everything).toContain('WARNING: kafka, clickhouse, nats of this release are for development only');
  expect(everything).toContain('give shop-tillstream-operator its roles in retail, warehouse yourself');
  expect(await notes({ dev: { nats: { enabled: true } } })).toContain('WARNING: nats of this release is for');
});

test('a Pipeline that nobody would work on is refused', async () => {
  const values = { watchNamespaces: ['warehouse'], pipeline: { enabled: true } };
  await expect(render({ values })).rejects.toThrow(
    'pipeline.enabled makes a Pipeline in retail, which is not in watchNamespaces',
  );
});
