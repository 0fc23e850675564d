/** Builds and fetches what an API server and its clients need, with a line for each: minutes on a new machine. */
import { goBinary } from './go-binaries.ts';
import { clusterTools } from './kubectl-and-helm.ts';

const onProgress = (line: string): void => console.log(line);
await goBinary('etcd', onProgress);
await goBinary('kubernetes', onProgress);
await clusterTools(onProgress);
