import { beforeAll, expect, test } from 'vitest';
import { EVERYTHING, examples } from './support/everything.ts';
import { lint, named, render } from './support/helm.ts';
import { kubernetesJudge, type Judge } from './support/kubernetes-schemas.ts';

const VERSIONS = ['1.31.0', '1.32.0', '1.33.0', '1.34.0', '1.35.0', '1.36.0'];
const CASES = [{ name: 'nothing set', values: {} }, { name: 'everything on', values: EVERYTHING }, ...examples()];

/** Kinds that other schemas than Kubernetes's describe. */
const FOREIGN = new Set(['Pipeline', 'PodMonitor', 'ServiceMonitor', 'PrometheusRule']);

const judges = new Map<string, Judge>();
beforeAll(async () => {
  for (const version of VERSIONS) judges.set(version, await kubernetesJudge(version));
  // Downloads them once.
}, 120_000);

test.each(VERSIONS.flatMap((kubeVersion) => CASES.map(({ name, values }) => ({ kubeVersion, name, values }))))(
  'Kubernetes $kubeVersion knows every field: $name',
  async ({ kubeVersion, values }) => {
    await lint(values, kubeVersion);
    const objects = (await render({ values, kubeVersion })).filter(({ kind }) => !FOREIGN.has(kind));
    expect(objects.length).toBeGreaterThan(5);
    const judge = judges.get(kubeVersion)!;
    for (const object of objects) expect(judge(object), `${object.kind} ${object.metadata.name}`).toEqual([]);
  },
);

test('a field that Kubernetes does not have, and one of the wrong kind, would be seen', async () => {
  const { spec, ...deployment } = named(await render(), 'Deployment');
  const judge = judges.get('1.36.0')!;
  expect(judge({ ...deployment, spec: { ...spec, replica: 1 } })).toEqual([
    expect.stringContaining('/spec must NOT have additional properties {"additionalProperty":"replica"}'),
  ]);
  expect(judge({ ...deployment, spec: { ...spec, replicas: 'one' } })).toEqual([
    expect.stringContaining('/spec/replicas must be integer'),
  ]);
});

test('an older Kubernetes is refused', async () => {
  await expect(render({ kubeVersion: '1.30.0' })).rejects.toThrow('kubeVersion');
});
