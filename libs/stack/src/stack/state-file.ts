import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaVersion } from '../kafka/kafka-jars.ts';
import type { ProcessIdentity } from '../process/process-identity.ts';
import { StackError } from '../stack-error.ts';
import type { MemberName } from './members.ts';

/** In the working directory, beside the demo's. */
export const DEFAULT_STACK_DATA = '.tillstream/stack';

export type StartedMember = ProcessIdentity & {
  readonly name: MemberName;
  /** `host:port`, or a URL. */
  readonly address: string;
  readonly logFile: string;
};

/** What `up` has started and `down` has to end. */
export type StackState = { readonly kafka: KafkaVersion; readonly members: readonly StartedMember[] };

/** Undefined when nothing was started, or all of it was ended. */
export function readState(data: string): StackState | undefined {
  const file = stateFile(data);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StackState;
  } catch (cause) {
    throw new StackError(`${file} is damaged: end the servers that run by hand, then delete it`, { cause });
  }
}

export function writeState(data: string, state: StackState): void {
  mkdirSync(data, { recursive: true });
  const file = stateFile(data);
  writeFileSync(`${file}.part`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${file}.part`, file);
}

export function deleteState(data: string): void {
  rmSync(stateFile(data), { force: true });
}

function stateFile(data: string): string {
  return join(data, 'stack.json');
}
