import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from '../process/process-identity.ts';
import { StackError } from '../stack-error.ts';

/** Runs `work` while no other process starts or ends servers of this folder. Throws a `StackError` when one does. */
export async function alone<Result>(data: string, work: () => Promise<Result>): Promise<Result> {
  mkdirSync(data, { recursive: true });
  const file = join(data, 'at-work.json');
  const other = holder(file);
  if (other !== undefined && isRunning(other)) {
    throw new StackError(`another process (pid ${other.pid}) starts or ends the stack in ${data}: wait for it`);
  }
  rmSync(file, { force: true });
  try {
    writeFileSync(file, JSON.stringify(identify(process.pid)), { flag: 'wx' });
  } catch (cause) {
    throw new StackError(`another process starts or ends the stack in ${data} just now: try again`, { cause });
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A file that was cut off holds nobody. */
function holder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
