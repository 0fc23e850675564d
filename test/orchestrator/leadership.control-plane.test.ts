import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Seen } from './support/api-proxy.ts';
import { IS_SOAK, OPERATORS_LEASE, startBench, unreachable, until, type Bench } from './support/bench.ts';
import type { OperatorProcess } from './support/operator-process.ts';

const ROUNDS = IS_SOAK ? 20 : 2;
const PIPELINES = 10;

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
}, 300_000);

afterAll(async () => bench[Symbol.asyncDispose](), 60_000);

type Lease = { readonly spec: { readonly holderIdentity: string } };

const holder = async (): Promise<string> =>
  (await bench.kubectl.get<Lease>('lease', OPERATORS_LEASE)).spec.holderIdentity;
const isLease = ({ url }: Seen): boolean => url.includes('/leases');
const isWrite = (one: Seen): boolean => one.method !== 'GET' && !isLease(one);

/** When each began to lead, as the API server had it, in order. */
function terms(seen: readonly Seen[]): readonly Seen[] {
  const renewals = seen.filter((one) => isLease(one) && one.method !== 'GET' && one.code < 300);
  return renewals.filter((one, index) => one.who !== renewals[index - 1]?.who);
}

/** Gives every Pipeline something to be written, on and on. */
async function keepBusy(until: () => boolean): Promise<void> {
  for (let turn = 0; !until(); turn++) {
    const value = `tillstream.dev/requestedAt=${turn}`;
    await bench.kubectl.run('annotate', 'pipelines', '--all', '--overwrite', value);
  }
}

const FAILURES = {
  'stands still': async (leader: OperatorProcess, others: () => Promise<void>) => {
    leader.signal('SIGSTOP');
    await others();
    leader.signal('SIGCONT');
  },
  'cannot renew its lease, and can all else': async (leader: OperatorProcess, others: () => Promise<void>) => {
    bench.api.withoutLease.add(leader.name);
    await others();
  },
} as const;

test(
  `two never both act, whichever of ${ROUNDS} leaders stands still or loses its lease`,
  { timeout: 3_600_000 },
  async () => {
    for (let index = 0; index < PIPELINES; index++) await bench.withPipeline(unreachable(`busy-${index}`, index));
    let isOver = false;
    const busy = keepBusy(() => isOver);
    let leader = bench.operator('replica-0');
    await until(async () => expect(await holder()).toBe(leader.name));
    for (let round = 1; round <= ROUNDS; round++) {
      const follower = bench.operator(`replica-${round}`);
      const writesOf = ({ name }: OperatorProcess): number =>
        bench.api.seen.filter((one) => one.who === name && isWrite(one)).length;
      const hasWritten = async (one: OperatorProcess): Promise<void> =>
        until(async () => expect(writesOf(one)).toBeGreaterThan(PIPELINES));
      await hasWritten(leader);
      const fail = Object.values(FAILURES)[round % 2]!;
      await fail(leader, async () => hasWritten(follower));
      await until(async () => expect(leader.hasEnded).toBe(true));
      leader = follower;
    }
    isOver = true;
    await busy;
    const { seen } = bench.api;
    const leaders = terms(seen);
    expect(leaders.map(({ who }) => who)).toEqual(Array.from({ length: ROUNDS + 1 }, (_, index) => `replica-${index}`));
    const writes = seen.filter(isWrite);
    const wrong = writes.filter(({ who, at, doneAt }) => {
      const index = leaders.findIndex((one) => one.who === who);
      return at < leaders[index]!.at || doneAt > (leaders[index + 1]?.at ?? Infinity);
    });
    expect(wrong).toEqual([]);
    const margins = leaders.slice(1).map(({ at, who }) => {
      const before = writes.filter((one) => one.at < at && one.who !== who);
      return at - Math.max(...before.map(({ doneAt }) => doneAt));
    });
    console.log(
      `${writes.length} writes by ${leaders.length} leaders; between two nothing for at least ${Math.round(Math.min(...margins))} ms`,
    );
  },
);

test('one that is killed is followed, and one that is told to end gives its lease away', async () => {
  const first = bench.operator('first');
  await until(async () => expect(await holder()).toBe('first'));
  await first.end('SIGKILL');
  const second = bench.operator('second');
  await until(async () => expect(await holder()).toBe('second'));
  expect(await second.end('SIGTERM')).toBe(0);
  expect(await holder()).toBe('');
});
