/** Fetches and builds what the tests on a cluster need, and the image when the cluster is their own. */
import { execFileSync } from 'node:child_process';
import { goBinary } from '../binaries/go-binaries.ts';
import { clusterTools } from '../binaries/kubectl-and-helm.ts';
import { nodeTools } from '../binaries/node-tools.ts';
import { IMAGE_ARCHIVE } from './test-cluster.ts';

const onProgress = (line: string): void => console.log(line);
await clusterTools(onProgress);
if (process.argv[2] === 'own') {
  for (const name of ['etcd', 'kubernetes', 'coredns', 'pause'] as const) await goBinary(name, onProgress);
  await nodeTools(onProgress);
  const main = new URL('../../../tools/image/main.ts', import.meta.url).pathname;
  const args = ['--conditions=@tillstream/source', main, '--file', IMAGE_ARCHIVE];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}
