import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { run } from '@tillstream/stack';
import { type ClusterTools, clusterTools } from '../binaries/kubectl-and-helm.ts';
import { clusterDown } from '../node/cluster-down.ts';
import { clusterUp } from '../node/cluster-up.ts';
import { type OutsidePort, reachOutside } from '../node/reach-outside.ts';
import { loadImage, tagImage } from '../node/load-image.ts';
import { processesOf } from '../node/traces.ts';
import type { ClusterChoice } from './choice.ts';

const REPOSITORY = new URL('../../../', import.meta.url).pathname;
/** Where `pnpm image` writes, and a cluster of the tests' own lives. */
export const IMAGE_ARCHIVE = join(REPOSITORY, '.tillstream/image.tar');
export const OWN_CLUSTER = join(REPOSITORY, '.tillstream/cluster-of-tests');
/** The nodes of a given cluster must have it, under this name. */
export const IMAGE = process.env['TILLSTREAM_IMAGE'] ?? 'localhost/tillstream:dev';

/** A cluster to test on, as its admin. Each command throws a `StackError` with what it said when it fails. */
export type TestCluster = {
  readonly kubeconfig: string;
  kubectl(...args: readonly string[]): Promise<string>;
  helm(...args: readonly string[]): Promise<string>;
  /** The name of a new namespace in which only pods that keep to the restricted standard may run; it goes at the end. */
  restrictedNamespace(): Promise<string>;
  /** Lets pods reach a port of this machine's 127.0.0.1, under the address that it returns. On a cluster of its own only. */
  reachOutside(port: number): Promise<string>;
  /** Gives the image another tag on the node. On a cluster of its own only. */
  tagImage(tag: string): Promise<void>;
  /** Kills it; the node starts another. On a cluster of its own only. */
  killApiServer(): Promise<void>;
  /** Removes what was made, and a cluster of the tests' own as a whole. */
  end(): Promise<void>;
};

export async function openTestCluster(choice: ClusterChoice): Promise<TestCluster> {
  if (choice.kind === 'none') throw new Error(`there is no cluster to test on: ${choice.reason}`);
  const tools = await clusterTools(console.log);
  if (choice.kind === 'given') return testCluster(choice.kubeconfig, tools, GIVEN);
  const cluster = await clusterUp({ data: OWN_CLUSTER, detached: false, onProgress: console.log });
  await loadImage(cluster, IMAGE_ARCHIVE);
  const outside: OutsidePort[] = [];
  return testCluster(cluster.kubeconfig, tools, {
    async reachOutside(port) {
      const opened = await reachOutside(cluster, port);
      outside.push(opened);
      return opened.address;
    },
    tagImage: async (tag) => await tagImage(cluster, IMAGE, IMAGE.replace(/:[^:]*$/, `:${tag}`)),
    async killApiServer() {
      const [server] = processesOf(OWN_CLUSTER).filter(({ command }) => command.includes('kubernetes kube-apiserver'));
      process.kill(server!.pid, 'SIGKILL');
    },
    async end() {
      for (const port of outside) await port.close();
      await clusterDown(OWN_CLUSTER);
    },
  });
}

async function refuse(): Promise<never> {
  throw new Error('a given cluster is not reached into: only one of its own is');
}

type Kubectl = TestCluster['kubectl'];
/** Where a cluster of the tests' own and a given one differ. */
type Own = Pick<TestCluster, 'reachOutside' | 'tagImage' | 'killApiServer'> & {
  readonly end: (kubectl: Kubectl, namespaces: readonly string[]) => Promise<void>;
};

async function removeNamespaces(kubectl: Kubectl, namespaces: readonly string[]): Promise<void> {
  if (namespaces.length > 0) await kubectl('delete', 'namespace', '--timeout=120s', ...namespaces);
}

const GIVEN: Own = { end: removeNamespaces, reachOutside: refuse, tagImage: refuse, killApiServer: refuse };

function testCluster(kubeconfig: string, tools: ClusterTools, own: Own): TestCluster {
  const kubectl: Kubectl = async (...args) => await run(tools.kubectl, ['--kubeconfig', kubeconfig, ...args]);
  const namespaces: string[] = [];
  return {
    kubeconfig,
    kubectl,
    helm: async (...args) => await run(tools.helm, ['--kubeconfig', kubeconfig, ...args]),
    async restrictedNamespace() {
      const name = `tillstream-test-${randomBytes(4).toString('hex')}`;
      await kubectl('create', 'namespace', name);
      namespaces.push(name);
      await kubectl('label', 'namespace', name, 'pod-security.kubernetes.io/enforce=restricted');
      return name;
    },
    reachOutside: own.reachOutside,
    tagImage: own.tagImage,
    killApiServer: own.killApiServer,
    end: async () => await own.end(kubectl, namespaces),
  };
}
