import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import {
  freePort,
  identify,
  isRunning,
  type OnProgress,
  type ProcessIdentity,
  requireTool,
  StackError,
} from '@tillstream/stack';
import { goBinary } from '../binaries/go-binaries.ts';
import { clusterTools } from '../binaries/kubectl-and-helm.ts';
import { nodeTools } from '../binaries/node-tools.ts';
import { clusterDown, endCluster } from './cluster-down.ts';
import { ADMIN, kubeconfigFile } from '../control-plane/identities.ts';
import { makeControlGroup } from './control-groups.ts';
import { layoutOf } from './layout.ts';
import type { NodeAnswer, NodeOrder } from './messages.ts';
import { writePauseImage } from './pause-image.ts';
import { type ClusterState, readState, writeState } from './state-file.ts';

const MAIN = new URL('namespace-main.ts', import.meta.url).pathname;
/** Its own network, mounts and process ids: when the first process ends, the kernel ends all others. */
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
/** `node` is reaped by a shell, as are the processes that containers leave behind. */
const REAPER = ['sh', '-c', '"$@" & wait', 'sh'];
const LONGEST_SOCKET_FOLDER = 80;

export type ClusterOptions = {
  /** Everything of the cluster lives here; the one that runs here already is found. */
  readonly data: string;
  /** True leaves the cluster running when this process exits; otherwise it ends then, however that came about. */
  readonly detached: boolean;
  readonly onProgress: OnProgress;
};

/** Starts a one-node cluster and resolves when its node is ready. Throws a `StackError`; nothing runs then. */
export async function clusterUp({ data, detached, onProgress }: ClusterOptions): Promise<ClusterState> {
  const folder = resolve(data);
  const running = readState(folder);
  if (running !== undefined && isRunning(running)) return running;
  refuseWhereImpossible(folder);
  const { path, ...prepared } = await prepare(onProgress);
  await clusterDown(folder);
  const port = await freePort(0);
  const state = claim(folder, port);
  const pauseImage = join(folder, 'pause.tar');
  await writePauseImage(pauseImage, onProgress);
  onProgress('starting etcd, the API server, its controllers, containerd and the kubelet');
  try {
    makeControlGroup(layoutOf(folder).controlGroup);
    return await start({ order: { ...prepared, folder, detached, pauseImage, url: state.url }, port, path, state });
  } catch (error) {
    await endCluster(folder);
    throw error;
  }
}

function refuseWhereImpossible(folder: string): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new StackError('a cluster needs Linux and root: use a KUBECONFIG of another cluster instead');
  }
  if (folder.length > LONGEST_SOCKET_FOLDER) {
    throw new StackError(`${folder} is too long for the path of a socket: use --data with a shorter one`);
  }
  for (const tool of ['unshare', 'nsenter', 'setpriv', 'mount']) requireTool(tool, 'install util-linux');
  requireTool('ip', 'install iproute2');
}

type Prepared = Pick<NodeOrder, 'binaries' | 'kubectl' | 'networkPlugins'> & { readonly path: string };

async function prepare(onProgress: OnProgress): Promise<Prepared> {
  const binaries = {
    etcd: await goBinary('etcd', onProgress),
    kubernetes: await goBinary('kubernetes', onProgress),
    coredns: await goBinary('coredns', onProgress),
  };
  const { kubectl } = await clusterTools(onProgress);
  return { binaries, kubectl, ...(await nodeTools(onProgress)) };
}

/** From here on the folder is a cluster's, whose first process is this one until there is a better one. */
function claim(folder: string, port: number): ClusterState {
  mkdirSync(folder, { recursive: true });
  const others = readdirSync(folder).filter((name) => !name.endsWith('.log'));
  if (others.length > 0) throw new StackError(`${folder} holds something else (${others[0]}): use another --data`);
  const { containerdSocket, identities } = layoutOf(folder);
  const kubeconfig = kubeconfigFile(identities, ADMIN);
  const state = { ...identityOf(process.pid), url: `https://127.0.0.1:${port}`, kubeconfig, containerdSocket };
  writeState(folder, state);
  return state;
}

function identityOf(pid: number | undefined): ProcessIdentity {
  const identity = pid === undefined ? undefined : identify(pid);
  if (identity === undefined) throw new StackError('unshare ended at once: namespaces cannot be made here');
  return identity;
}

type Start = {
  readonly order: NodeOrder;
  readonly port: number;
  readonly path: string;
  readonly state: ClusterState;
};

async function start({ order, port, path, state }: Start): Promise<ClusterState> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done));
  const child = spawnNode(order.folder, path);
  try {
    const answered = answerOf(child);
    const started = { ...state, ...identityOf(child.pid) };
    writeState(order.folder, started);
    child.send(order, server);
    const answer = await answered;
    if (answer.outcome === 'failed') throw new StackError(answer.reason);
    return started;
  } finally {
    server.close();
    // A channel that stays open to its end tells the node when this process has ended.
    child.channel?.unref();
    child.unref();
  }
}

function spawnNode(folder: string, path: string): ChildProcess {
  const log = openSync(join(folder, 'node.log'), 'a');
  const node = [process.execPath, '--conditions=@tillstream/source', MAIN];
  const child = spawn('unshare', [...NAMESPACES, ...REAPER, ...node], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, PATH: `${path}:${process.env['PATH'] ?? ''}` },
  });
  closeSync(log);
  return child;
}

async function answerOf(child: ChildProcess): Promise<NodeAnswer> {
  return await new Promise((resolveAnswer) => {
    child.once('message', (message: NodeAnswer) => resolveAnswer(message));
    const ended = (how: string): void =>
      resolveAnswer({ outcome: 'failed', reason: `the node's first process ${how}: see node.log` });
    child.once('error', (error) => ended(`did not start: ${error.message}`));
    child.once('exit', (code, signal) => ended(`ended with ${code ?? signal}`));
  });
}
