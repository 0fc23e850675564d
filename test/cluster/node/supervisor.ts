import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { type Server, type ServerCommand, startServer } from '@tillstream/stack';

const PAUSE_BEFORE_RESTART_MS = 1000;

export type Daemon = {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly isReady: () => Promise<boolean>;
};

/**
 * Starts a daemon, resolves when it is ready, and starts it again whenever it ends: Kubernetes counts on it. Throws a
 * `StackError` when the first start fails.
 */
export async function supervise(folder: string, daemon: Daemon): Promise<void> {
  const { title, command, args } = daemon;
  const start: ServerCommand = { title, command, args, logFile: join(folder, `${title}.log`), detached: false };
  const server = await startServer(start, daemon.isReady);
  void keepUp(server, start, daemon);
}

async function keepUp(first: Server, start: ServerCommand, { title, isReady }: Daemon): Promise<never> {
  let server: Server | undefined = first;
  for (;;) {
    await server?.ended;
    console.log(`${new Date().toISOString()} ${title} ended and is started again`);
    await delay(PAUSE_BEFORE_RESTART_MS);
    server = await startServer(start, isReady).catch((error: Error) => {
      console.log(error.message);
      return undefined;
    });
  }
}
