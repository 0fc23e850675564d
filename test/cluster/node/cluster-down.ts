import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endsWithin, isRunning, StackError } from '@tillstream/stack';
import { removeControlGroup } from './control-groups.ts';
import { layoutOf } from './layout.ts';
import { readState } from './state-file.ts';

const ENDED_WITHIN_MS = 30_000;

/** Ends a cluster and removes every trace of it. False when the folder is none's, and then stays as it is. Throws a `StackError` when something stays. */
export async function clusterDown(data: string): Promise<boolean> {
  const folder = resolve(data);
  if (readState(folder) === undefined) return false;
  await endCluster(folder);
  rmSync(folder, { recursive: true });
  return true;
}

/** The same for one that did not come up: its logs stay. */
export async function endCluster(folder: string): Promise<void> {
  const state = readState(folder);
  if (state !== undefined && isRunning(state)) {
    // Its child, the first process of the namespaces, is killed with it, and the kernel then kills all the others.
    process.kill(state.pid, 'SIGKILL');
    if (!(await endsWithin(state, ENDED_WITHIN_MS))) throw new StackError(`process ${state.pid} does not end`);
  }
  await removeControlGroup(layoutOf(folder).controlGroup);
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.log')) rmSync(join(folder, name), { recursive: true });
  }
}
