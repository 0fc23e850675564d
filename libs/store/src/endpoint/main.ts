import { parseArgs } from 'node:util';

// Threads for statements and files; libuv reads it when the first work is queued.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
const { startEndpoint } = await import('./endpoint.ts');
const { readUsers } = await import('./users.ts');

const USAGE = 'usage: main.ts --path DIR --port N [--users-file FILE]';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { path: { type: 'string' }, port: { type: 'string' }, 'users-file': { type: 'string' } },
  });
  const port = Number(values.port);
  if (values.path === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(USAGE);
  const usersFile = values['users-file'];
  const users = usersFile === undefined ? {} : { users: await readUsers(usersFile) };
  const onDamage = (error: Error): void => {
    process.stderr.write(`endpoint: ${error.message}\n`);
    process.exit(1);
  };
  const endpoint = await startEndpoint({ path: values.path, port, ...users, onDamage });
  console.log(`listening on ${endpoint.url}`);
  const stop = (): void => void endpoint.close();
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`endpoint: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
