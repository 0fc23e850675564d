import { run } from '@tillstream/stack';
import { nodeTools } from '../binaries/node-tools.ts';
import type { ClusterState } from './state-file.ts';

/** Makes the images of an OCI archive known to the node, under the names that the archive gives them. */
export async function loadImage(cluster: ClusterState, archive: string): Promise<void> {
  await images(cluster, 'import', archive);
}

/** Makes an image that the node has known under one more name. */
export async function tagImage(cluster: ClusterState, name: string, another: string): Promise<void> {
  await images(cluster, 'tag', name, another);
}

async function images(cluster: ClusterState, ...args: readonly string[]): Promise<void> {
  const { path } = await nodeTools(() => {});
  const env = { ...process.env, PATH: `${path}:${process.env['PATH'] ?? ''}` };
  await run('ctr', ['--address', cluster.containerdSocket, '--namespace', 'k8s.io', 'images', ...args], { env });
}
