import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessIdentity, StackError } from '@tillstream/stack';

/** A cluster that was started: the process that all others end with, and how to use it. */
export type ClusterState = ProcessIdentity & {
  /** `https://127.0.0.1:port` on this machine. */
  readonly url: string;
  /** The path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  /** Where `loadImage` puts images. */
  readonly containerdSocket: string;
};

/** Undefined when nothing was started in this folder. */
export function readState(folder: string): ClusterState | undefined {
  const file = stateFile(folder);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClusterState;
  } catch (cause) {
    throw new StackError(`${file} is damaged: end the cluster's processes by hand, then delete the folder`, { cause });
  }
}

export function writeState(folder: string, state: ClusterState): void {
  writeFileSync(stateFile(folder), `${JSON.stringify(state, undefined, 2)}\n`);
}

function stateFile(folder: string): string {
  return join(folder, 'cluster.json');
}
