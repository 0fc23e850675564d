/** `pnpm cluster up|down|status`: a real one-node Kubernetes cluster on this machine, without Docker. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isRunning, run, StackError } from '@tillstream/stack';
import { clusterTools } from './binaries/kubectl-and-helm.ts';
import { clusterDown } from './node/cluster-down.ts';
import { clusterUp } from './node/cluster-up.ts';
import { loadImage } from './node/load-image.ts';
import { type ClusterState, readState } from './node/state-file.ts';

const DEFAULT_DATA = '.tillstream/cluster';
const HELP = `A real Kubernetes cluster of one node on this machine, without Docker, in namespaces of its own.

  pnpm cluster up [--image FILE]   start it, wait until its node is ready, load an image archive
  pnpm cluster status              how to use it, and what runs; the exit code is 0 only if its node is ready
  pnpm cluster down                end it, and remove every trace of it

  --data DIR                       keep everything of it here (default ${DEFAULT_DATA}); down removes the folder

It needs Linux and root. The first start builds Kubernetes from Go modules (about 10 minutes on two cores).`;

type Command = { readonly data: string; readonly image: string | undefined };

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: { data: { type: 'string' }, image: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const action = ACTIONS[positionals[0] ?? ''];
  if (values.help === true || action === undefined || positionals.length !== 1) {
    console.log(HELP);
    return values.help === true ? 0 : 2;
  }
  return await action({ data: resolve(values.data ?? DEFAULT_DATA), image: values.image });
}

const ACTIONS: Readonly<Record<string, (command: Command) => Promise<number>>> = {
  async up({ data, image }) {
    const cluster = await clusterUp({ data, detached: true, onProgress: console.log });
    if (image !== undefined) await loadImage(cluster, image);
    return await report(cluster);
  },
  async down({ data }) {
    const was = await clusterDown(data);
    console.log(was ? `the cluster in ${data} is gone` : `there was no cluster in ${data}`);
    return 0;
  },
  async status({ data }) {
    const cluster = readState(data);
    if (cluster !== undefined && isRunning(cluster)) return await report(cluster);
    console.log(cluster === undefined ? `there is no cluster in ${data}` : `the cluster in ${data} has ended`);
    return 1;
  },
};

async function report({ kubeconfig, url, pid }: ClusterState): Promise<number> {
  const { kubectl, helm } = await clusterTools(console.log);
  const condition = '{.items[0].status.conditions[?(@.type=="Ready")].status}';
  const ask = [kubectl, ['--kubeconfig', kubeconfig, 'get', 'nodes', '--output', `jsonpath=${condition}`]] as const;
  const ready = await run(...ask).catch((error: Error) => error.message);
  console.log(`API server  ${url} (pid ${pid})\nnode ready  ${ready}`);
  console.log(`export KUBECONFIG=${kubeconfig}\nkubectl     ${kubectl}\nhelm        ${helm}`);
  return ready === 'True' ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(error instanceof StackError ? `cluster: ${error.message}\n` : `${(error as Error).stack}\n`);
  process.exitCode = 2;
}
