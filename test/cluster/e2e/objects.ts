import type { TestCluster } from './test-cluster.ts';

/** They come and go by themselves, or are old names that kubectl warns of. */
const LEFT_OUT = new Set(['events', 'events.events.k8s.io', 'endpoints', 'componentstatuses']);

/** Every object in a namespace, of whatever kind, as `kind/name`. */
export async function objectsOfNamespace(cluster: TestCluster, namespace: string): Promise<readonly string[]> {
  const kinds = await kindsOf(cluster, true);
  return await namesOf(cluster, [kinds.join(), '--namespace', namespace]);
}

/** Every object that is in no namespace. */
export async function objectsOfCluster(cluster: TestCluster): Promise<readonly string[]> {
  return await namesOf(cluster, [(await kindsOf(cluster, false)).join()]);
}

async function kindsOf(cluster: TestCluster, namespaced: boolean): Promise<readonly string[]> {
  const text = await cluster.kubectl('api-resources', `--namespaced=${namespaced}`, '--verbs=list', '--output=name');
  return lines(text).filter((kind) => !LEFT_OUT.has(kind));
}

async function namesOf(cluster: TestCluster, what: readonly string[]): Promise<readonly string[]> {
  return lines(await cluster.kubectl('get', ...what, '--output=name')).toSorted();
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
