import { resolve } from 'node:path';
import { isRunning } from '../process/process-identity.ts';
import { memberAnswers, MEMBER_NAMES } from './members.ts';
import { DEFAULT_STACK_DATA, readState, type StartedMember } from './state-file.ts';

/** `silent` runs but does not answer; `gone` was started and has ended; `absent` was not started. */
export type Health = 'well' | 'silent' | 'gone' | 'absent';

export type MemberStatus = { readonly name: string; readonly health: Health; readonly member?: StartedMember };

/** One row for each server of the stack, running or not. */
export async function stackStatus(data: string = DEFAULT_STACK_DATA): Promise<readonly MemberStatus[]> {
  const members = readState(resolve(data))?.members ?? [];
  return await Promise.all(
    MEMBER_NAMES.map(async (name) => {
      const member = members.find((candidate) => candidate.name === name);
      return member === undefined
        ? { name, health: 'absent' as const }
        : { name, health: await health(member), member };
    }),
  );
}

async function health(member: StartedMember): Promise<Health> {
  if (!isRunning(member)) return 'gone';
  return (await memberAnswers(member.name, member.address)) ? 'well' : 'silent';
}
