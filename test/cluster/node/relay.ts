import { connect, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * Passes what comes in at a server of the machine's network on to a port of this process's own network: a socket stays
 * in the network that it was made in, whoever holds it.
 */
export function relay(server: Server, port: number): void {
  server.on('connection', (outside) => join(outside, connect(port, '127.0.0.1')));
}

/** Either end may leave at any time; the other one then goes too. */
export function join(one: Socket, other: Socket): void {
  const done = (): void => {};
  pipeline(one, other, done);
  pipeline(other, one, done);
}
