import type { RunningContender } from '../contender.ts';
import type { ChildProcess } from './child-process.ts';

/** The part of a running contender that is the same for all that are one process. */
export type Supervised = Pick<RunningContender, 'pids' | 'crash' | 'stop' | 'failed'>;

/** Starts a process, and starts it anew after a crash. */
export function supervise(startProcess: () => ChildProcess): Supervised {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  let isStopping = false;
  const start = (): ChildProcess => {
    const started = startProcess();
    started.failed().catch(failure.reject);
    return started;
  };
  let process = start();
  return {
    pids: () => [process.pid],
    async crash() {
      await process.end('SIGKILL');
      if (!isStopping) process = start();
    },
    async stop() {
      isStopping = true;
      await process.end('SIGKILL');
    },
    failed: failure.promise,
  };
}
