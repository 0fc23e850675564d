/** Holds a cluster with a way out of it, in the folder that is given, as long as this process lives. */
import { freePort } from '@tillstream/stack';
import { clusterUp } from './cluster-up.ts';
import { reachOutside } from './reach-outside.ts';

const cluster = await clusterUp({ data: process.argv[2] ?? '', detached: false, onProgress: console.log });
await reachOutside(cluster, await freePort(0));
console.log('ready');
setInterval(() => {}, 60_000);
