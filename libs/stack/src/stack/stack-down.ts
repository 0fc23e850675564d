import { resolve } from 'node:path';
import { endsWithin, isRunning } from '../process/process-identity.ts';
import { alone } from './alone.ts';
import type { MemberName } from './members.ts';
import { DEFAULT_STACK_DATA, deleteState, readState, type StartedMember, writeState } from './state-file.ts';

const PATIENCE_MS = 30_000;

export type EndedMember = {
  readonly name: MemberName;
  readonly pid: number;
  /** `killed` when it did not end by itself within 30 s. */
  readonly outcome: 'stopped' | 'killed' | 'had ended';
};

/** Ends exactly the processes that `stackUp` has started with this folder; the data stays. */
export async function stackDown(data: string = DEFAULT_STACK_DATA): Promise<readonly EndedMember[]> {
  const folder = resolve(data);
  if (readState(folder) === undefined) return [];
  return await alone(folder, async () => await endMembers(folder, () => true));
}

/** The last one started is the first to end. */
export async function endMembers(
  data: string,
  isMeant: (member: StartedMember) => boolean,
): Promise<readonly EndedMember[]> {
  const state = readState(data);
  if (state === undefined) return [];
  const ended = await Promise.all(state.members.filter(isMeant).toReversed().map(end));
  const members = state.members.filter((member) => !isMeant(member));
  if (members.length > 0) writeState(data, { ...state, members });
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
