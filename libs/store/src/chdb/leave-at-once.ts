import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const SHELL = '/bin/sh';

/**
 * Ends the process at its exit, with its exit code, before native code is taken down: with statements under way on chDB's
 * threads that crashes or hangs in one of ten cases, and a worker that ends on an error has some. Returns what ends
 * the watch: a store that was closed has nothing under way.
 */
export function leaveAtOnce(): () => void {
  if (!isMainThread || process.execve === undefined || !existsSync(SHELL)) return () => undefined;
  const leave = (code: number): void => {
    // Who came later is asked now: nobody gets a turn after this.
    const listeners = process.listeners('exit');
    for (const listener of listeners.slice(listeners.indexOf(leave) + 1)) listener.call(process, code);
    process.execve?.(SHELL, [SHELL, '-c', `exit ${code}`], {});
  };
  process.on('exit', leave);
  return () => process.off('exit', leave);
}
