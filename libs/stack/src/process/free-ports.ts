import { createServer } from 'node:net';

/** `preferred` when it is free, else another port of 127.0.0.1. */
export async function freePort(preferred: number): Promise<number> {
  return (await tryPort(preferred)) ?? (await freePort(0));
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.on('error', (error) => (port === 0 ? reject(error) : resolve(undefined)));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
