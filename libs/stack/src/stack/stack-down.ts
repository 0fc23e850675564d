import { resolve } from 'node:path';
import { endsWithin, isRunning } from '../process/process-identity.ts';
import type { MemberName } from './members.ts';
import { deleteState, readState, type StartedMember, writeState } from './state-file.ts';

const PATIENCE_MS = 30_000;

export type EndedMember = {
  readonly name: MemberName;
  readonly pid: number;
  /** `killed` when it did not end by itself within 30 s. */
  readonly outcome: 'stopped' | 'killed' | 'had ended';
};

export type DownOptions = { readonly data: string; readonly only?: readonly MemberName[] };

/** Ends exactly the processes that `stackUp` has started with this folder; the data stays. */
export async function stackDown(options: DownOptions): Promise<readonly EndedMember[]> {
  const data = resolve(options.data);
  const state = readState(data);
  if (state === undefined) return [];
  const { only = state.members.map(({ name }) => name) } = options;
  const leaving = state.members.filter(({ name }) => only.includes(name)).toReversed();
  const ended = await Promise.all(leaving.map(end));
  const staying = state.members.filter(({ name }) => !only.includes(name));
  if (staying.length > 0) writeState(data, { ...state, members: staying });
  else deleteState(data);
  return ended;
}

async function end(member: StartedMember): Promise<EndedMember> {
  const { name, pid } = member;
  if (!isRunning(member)) return { name, pid, outcome: 'had ended' };
  process.kill(pid, 'SIGTERM');
  if (await endsWithin(member, PATIENCE_MS)) return { name, pid, outcome: 'stopped' };
  process.kill(pid, 'SIGKILL');
  await endsWithin(member, PATIENCE_MS);
  return { name, pid, outcome: 'killed' };
}
