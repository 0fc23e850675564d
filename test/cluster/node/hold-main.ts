/** A cluster that lives as long as this process; says when its node is ready. */
import { clusterUp } from './cluster-up.ts';

await clusterUp({ data: process.argv[2] ?? '', detached: false, onProgress: console.log });
console.log('ready');
setInterval(() => {}, 60_000);
