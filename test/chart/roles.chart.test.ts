import { expect, test } from 'vitest';
import { named, render, type KubernetesObject } from './support/helm.ts';

const roleKinds = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);

async function roles(values: object): Promise<readonly KubernetesObject[]> {
  return (await render({ values })).filter(({ kind }) => roleKinds.has(kind));
}

test('for some namespaces there is nothing of the cluster but what users get', async () => {
  const ofTheCluster = { rbac: { aggregate: false }, crds: { upgrade: false } };
  const objects = await roles({ watchNamespaces: ['retail', 'warehouse'], ...ofTheCluster });
  expect(objects.map(({ kind, metadata: { namespace, name } }) => `${kind} ${namespace} ${name}`).toSorted()).toEqual([
    'Role retail shop-tillstream-operator',
    'Role retail shop-tillstream-operator-lease',
    'Role warehouse shop-tillstream-operator',
    'RoleBinding retail shop-tillstream-operator',
    'RoleBinding retail shop-tillstream-operator-lease',
    'RoleBinding warehouse shop-tillstream-operator',
  ]);
});

test.each([{}, { watchNamespaces: ['retail'] }])('no role has more than it names: %j', async (values) => {
  for (const { rules = [], metadata } of await roles(values)) {
    for (const { apiGroups, resources, verbs } of rules) {
      expect([...apiGroups, ...resources, ...verbs], metadata.name).not.toContain('*');
      expect(resources.includes('secrets') && verbs.includes('patch')).toBe(false);
      expect(
        resources.filter((one) => /^(roles|rolebindings|clusterroles|clusterrolebindings|serviceaccounts)/.test(one)),
      ).toEqual([]);
    }
  }
});

test('leases are only held where the operator is', async () => {
  const objects = await roles({ watchNamespaces: ['warehouse'] });
  const withLeases = objects.filter(({ rules = [] }) => rules.some(({ resources }) => resources.includes('leases')));
  expect(withLeases.map(({ metadata }) => metadata.namespace)).toEqual(['retail']);
});

test('two releases of one name in two namespaces do not share what is of the cluster', async () => {
  const inRetail = named(await render({ namespace: 'retail' }), 'ClusterRoleBinding').metadata.name;
  const inWarehouse = named(await render({ namespace: 'warehouse' }), 'ClusterRoleBinding').metadata.name;
  expect(inRetail).not.toBe(inWarehouse);
});
