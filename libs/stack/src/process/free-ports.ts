import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Below the ports that kernels give to outgoing connections (from 32768 on Linux, from 49152 elsewhere): one of those
 * may be gone between the look and the start of the server, or while the server is away.
 */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;

const claimed = new Set<number>();

/**
 * `preferred` when it is free, else another port of 127.0.0.1; 0 prefers none. It stays this process' own until it
 * ends: no other call here or elsewhere is given the same one, also while its server has not started yet or is away.
 */
export async function freePort(preferred: number): Promise<number> {
  if (preferred !== 0 && (await takePort(preferred))) return preferred;
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if ((await claim(port)) && (await isFree(port))) return port;
  }
}

/** Whether `port` is free for this process, whose own it then stays as one of `freePort` does. */
export async function takePort(port: number): Promise<boolean> {
  return (claimed.has(port) || (await claim(port))) && (await isFree(port));
}

/**
 * A look alone says nothing about a server that was given the port and has not opened it yet. The port's UDP side,
 * which none of the servers uses, says it: the kernel gives it to one process and takes it back when that ends.
 */
async function claim(port: number): Promise<boolean> {
  if (claimed.has(port)) return false;
  const socket = createSocket({ type: 'udp4' });
  socket.unref();
  return await new Promise((resolve) => {
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      claimed.add(port);
      resolve(true);
    });
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
