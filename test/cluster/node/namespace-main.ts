/** The first process of a node's namespaces: makes the node, keeps its daemons running, and ends with it. */
import type { Server } from 'node:net';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { run } from '@tillstream/stack';
import { ADMIN, createIdentities } from '../control-plane/identities.ts';
import { API_PORT, API_URL, NODE_NAME } from './addresses.ts';
import { CLUSTER_OBJECTS, DNS_USER } from './cluster-objects.ts';
import { writeConfigFiles } from './config-files.ts';
import { containerd, controlPlane, type DaemonInputs, nodeDaemons } from './daemons.ts';
import { isolate } from './isolate.ts';
import { layoutOf } from './layout.ts';
import type { NodeAnswer, NodeOrder } from './messages.ts';
import { relay } from './relay.ts';
import { supervise } from './supervisor.ts';

// A node that nobody waits for any more is not made; all that was started ends with this process.
const abandon = (): never => process.exit(1);
process.once('disconnect', abandon);

process.once('message', (order: NodeOrder, server: Server) => {
  relay(server, API_PORT);
  makeNode(order).then(
    () => answer({ outcome: 'ready' }, order.detached),
    (error: Error) => answer({ outcome: 'failed', reason: error.message }, false),
  );
});

function answer(message: NodeAnswer, detached: boolean): void {
  if (detached) process.off('disconnect', abandon);
  process.send?.(message, undefined, {}, () => {
    if (detached) process.disconnect();
  });
}

async function makeNode(order: NodeOrder): Promise<void> {
  const layout = layoutOf(order.folder);
  await isolate(order.folder);
  const identities = createIdentities(layout.identities);
  writeConfigFiles({
    layout,
    networkPlugins: order.networkPlugins,
    authorityFile: identities.authority.authorityFile,
    proxyKubeconfig: identities.kubeconfig({ name: 'system:kube-proxy' }, API_URL),
    dnsKubeconfig: identities.kubeconfig(DNS_USER, API_URL),
  });
  const inputs: DaemonInputs = { layout, identities, binaries: order.binaries };
  const start = supervise.bind(undefined, order.folder);
  await start(containerd(inputs));
  await run('ctr', [
    '--address',
    layout.containerdSocket,
    '--namespace',
    'k8s.io',
    'images',
    'import',
    order.pauseImage,
  ]);
  for (const daemon of controlPlane(inputs)) await start(daemon);
  const admin = identities.kubeconfig(ADMIN, API_URL);
  const kubectl = async (...args: string[]): Promise<string> =>
    await run(order.kubectl, ['--kubeconfig', admin, ...args]);
  const objects = join(order.folder, 'objects.json');
  writeFileSync(objects, JSON.stringify(CLUSTER_OBJECTS));
  await kubectl('apply', '--filename', objects);
  for (const daemon of nodeDaemons(inputs)) await start(daemon);
  await kubectl('wait', '--for=create', `node/${NODE_NAME}`, '--timeout=120s');
  await kubectl('wait', '--for=condition=Ready', `node/${NODE_NAME}`, '--timeout=120s');
  await kubectl('wait', '--for=create', 'serviceaccount/default', '--namespace=default', '--timeout=120s');
  // Last, and under the address that others use.
  identities.kubeconfig(ADMIN, order.url);
}
