import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join as joinPath } from 'node:path';
import { type Server, startServer } from '@tillstream/stack';
import { NODE_ADDRESS } from './addresses.ts';
import { join } from './relay.ts';
import type { ClusterState } from './state-file.ts';

/** How the kernel's table writes it. */
const LISTENING = '0A';
const MAIN = new URL('outside-relay-main.ts', import.meta.url).pathname;

/** A port of this machine that pods reach at the node. */
export type OutsidePort = {
  /** `10.99.0.1:port`, the same port as on this machine. */
  readonly address: string;
  close(): Promise<void>;
};

/**
 * Lets pods reach what listens at this port of the machine's 127.0.0.1, as long as this process lives. A file is the
 * way between two networks: a socket file has none.
 */
export async function reachOutside(cluster: ClusterState, port: number): Promise<OutsidePort> {
  const socketFile = joinPath(dirname(cluster.containerdSocket), 'outside', `${port}.sock`);
  mkdirSync(dirname(socketFile), { recursive: true });
  const machine = createServer((node) => join(node, connect(port, '127.0.0.1')));
  await new Promise<void>((done, fail) => machine.once('error', fail).listen(socketFile, done));
  machine.unref();
  // Killed with this process, however that ends: a process in its network keeps a node that has ended from going.
  const inNode = ['--pdeathsig', 'KILL', 'nsenter', '--target', `${cluster.pid}`, '--net'];
  const relay: Server = await startServer(
    {
      title: `the relay of port ${port}`,
      command: 'setpriv',
      args: [...inNode, process.execPath, '--conditions=@tillstream/source', MAIN, `${port}`, socketFile],
      logFile: joinPath(dirname(cluster.containerdSocket), `outside-${port}.log`),
      detached: false,
    },
    async () => await listens(cluster.pid, port),
  );
  return {
    address: `${NODE_ADDRESS}:${port}`,
    async close() {
      await relay.kill();
      machine.close();
    },
  };
}

/** By the table of the node's network, which also a process outside may read. */
async function listens(pid: number, port: number): Promise<boolean> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const table = await readFile(`/proc/${pid}/net/tcp`, 'utf8');
  return table.split('\n').some((line) => {
    const [, address = '', , state] = line.trim().split(/\s+/);
    return state === LISTENING && address.endsWith(local);
  });
}
