import { connect, type Server } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * Passes what comes in at a server of the machine's network on to a port of this process's own network: a socket stays
 * in the network that it was made in, whoever holds it.
 */
export function relay(server: Server, port: number): void {
  server.on('connection', (outside) => {
    const inside = connect(port, '127.0.0.1');
    // Either end may leave at any time; the other one then goes too.
    const done = (): void => {};
    pipeline(outside, inside, done);
    pipeline(inside, outside, done);
  });
}
