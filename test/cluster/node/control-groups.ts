import { existsSync, globSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StackError } from '@tillstream/stack';

const ROOT = '/sys/fs/cgroup';
const UNIFIED_CONTROLLERS = join(ROOT, 'cgroup.controllers');
const POLL_MS = 100;
const ENDED_WITHIN_MS = 30_000;

/** Makes the control group that all pods live below, in every hierarchy of the machine. */
export function makeControlGroup(name: string): void {
  if (!existsSync(UNIFIED_CONTROLLERS)) {
    for (const tasks of globSync(`${ROOT}/*/cgroup.procs`)) mkdirSync(join(dirname(tasks), name), { recursive: true });
    return;
  }
  const controllers = readFileSync(UNIFIED_CONTROLLERS, 'utf8').trim().split(' ');
  const enable = controllers.map((controller) => `+${controller}`).join(' ');
  writeFileSync(join(ROOT, 'cgroup.subtree_control'), enable);
  mkdirSync(join(ROOT, name), { recursive: true });
}

/** Removes it with all groups below, when the last process in there has ended. */
export async function removeControlGroup(name: string): Promise<void> {
  const deadline = performance.now() + ENDED_WITHIN_MS;
  for (let left = remaining(name); left.length > 0; left = remaining(name)) {
    for (const group of left) removeWhenEmpty(group);
    if (performance.now() > deadline)
      throw new StackError(`processes are left in ${left.join(', ')}: end them, then "cluster down" again`);
    if (remaining(name).length > 0) await delay(POLL_MS);
  }
}

/** The deepest first. */
function remaining(name: string): string[] {
  const groups = globSync([`${ROOT}/*/${name}/**/`, `${ROOT}/*/${name}/`, `${ROOT}/${name}/**/`, `${ROOT}/${name}/`]);
  return [...new Set(groups)].toSorted((one, other) => other.length - one.length);
}

function removeWhenEmpty(group: string): void {
  try {
    rmdirSync(group);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EBUSY' && code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error;
  }
}
