import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../libs/store/src/endpoint/main.ts', import.meta.url));

export type EndpointProcess = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Kills it, and resolves when it is gone; its exit code and signal. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<readonly [number | null, NodeJS.Signals | null]>;
};

/** The ClickHouse endpoint as a process of its own, on any free port or on the one given. Listens when this resolves. */
export async function startEndpointProcess(
  path: string,
  { port = 0, usersFile }: { readonly port?: number; readonly usersFile?: string } = {},
): Promise<EndpointProcess> {
  const users = usersFile === undefined ? [] : ['--users-file', usersFile];
  const options = ['--path', path, '--port', String(port), ...users];
  const command = ['--conditions=@tillstream/source', '--no-warnings', MAIN, ...options];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await announced(child);
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid!,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
      const ended = once(child, 'exit');
      child.kill(signal);
      return (await ended) as [number | null, NodeJS.Signals | null];
    },
  };
}

async function announced(child: ChildProcess): Promise<string> {
  const lines = createInterface(child.stdout!);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the endpoint ended with exit code ${String(code)} before it listened`);
  });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  return line.replace('listening on ', '');
}
