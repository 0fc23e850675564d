import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that kernels give to outgoing connections (from 32768 on Linux, from 49152 elsewhere): one of those
 * may be gone between the look and the start of the server, or while the server is away.
 */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;

/** `preferred` when it is free, else another port of 127.0.0.1. 0 prefers none. */
export async function freePort(preferred: number): Promise<number> {
  for (let port = preferred; ; port = randomInt(FIRST_PORT, LAST_PORT)) {
    if (port !== 0 && (await isFree(port))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
