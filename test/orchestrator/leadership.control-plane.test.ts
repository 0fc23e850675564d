import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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
function keptBusy(): AsyncDisposable {
  let isOver = false;
  const annotate = async (): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      const value = `tillstream.dev/requestedAt=${turn}`;
      await bench.kubectl.run('annotate', 'pipelines', '--all', '--overwrite', value);
    }
  };
  const annotating = annotate();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await annotating;
    },
  };
}

/** Three replicas, as a Deployment keeps them: one that ends is followed by another of a new name. */
class Replicas {
  readonly #all: OperatorProcess[] = [];

  /** Those that have not ended. */
  running(): readonly OperatorProcess[] {
    const running = this.#all.filter(({ hasEnded }) => !hasEnded);
    while (running.length < 3) {
      const one = bench.operator(`replica-${this.#all.length}`);
      running.push(one);
      this.#all.push(one);
    }
    return running;
  }

  /** The one that leads and has written since a time, and is not another. */
  async acting(since: number, butNot?: OperatorProcess): Promise<OperatorProcess> {
    return vi.waitFor(
      async () => {
        const running = this.running();
        const name = await holder();
        const found = running.find((one) => one.name === name && one !== butNot);
        const writes = bench.api.seen.filter((one) => one.who === name && one.at > since && isWrite(one));
        if (found === undefined || writes.length <= PIPELINES) throw new Error('none acts');
        return found;
      },
      { timeout: 300_000, interval: 500 },
    );
  }
}

const FAILURES = [
  // Stands still for longer than its lease, wherever it was.
  async (leader: OperatorProcess, whileItIsSo: () => Promise<unknown>) => {
    leader.signal('SIGSTOP');
    await whileItIsSo();
    leader.signal('SIGCONT');
  },
  // Cannot renew its lease, and can do all else.
  async (leader: OperatorProcess, whileItIsSo: () => Promise<unknown>) => {
    bench.api.withoutLease.add(leader.name);
    await whileItIsSo();
  },
] as const;

test(
  `two never both act: ${ROUNDS} times the leader stands still or its lease is not renewed`,
  { timeout: 3_600_000 },
  async () => {
    for (let index = 0; index < PIPELINES; index++) await bench.withPipeline(unreachable(`busy-${index}`, index));
    const replicas = new Replicas();
    await using _ = keptBusy();
    for (let round = 0; round < ROUNDS; round++) {
      const leader = await replicas.acting(performance.now());
      await FAILURES[round % FAILURES.length]!(leader, async () => replicas.acting(performance.now(), leader));
      await until(async () => expect(leader.hasEnded).toBe(true));
    }
    const { seen } = bench.api;
    const leaders = terms(seen);
    expect(leaders.length).toBeGreaterThan(ROUNDS);
    expect(new Set(leaders.map(({ who }) => who)).size).toBe(leaders.length);
    const writes = seen.filter(isWrite);
    const wrong = writes.filter(({ who, at, doneAt }) => {
      const index = leaders.findIndex((one) => one.who === who);
      return index < 0 || at < leaders[index]!.at || doneAt > (leaders[index + 1]?.at ?? Infinity);
    });
    expect(wrong).toEqual([]);
    const pauses = leaders
      .slice(1)
      .map(({ at }) => at - Math.max(...writes.map(({ doneAt }) => (doneAt < at ? doneAt : 0))));
    const least = Math.round(Math.min(...pauses));
    console.log(
      `${writes.length} writes of ${leaders.length} leaders; before each new one nothing was written for at least ${least} ms`,
    );
  },
);

test(
  'one that is killed is followed, and one that is told to end gives its lease away',
  { timeout: 300_000 },
  async () => {
    const first = bench.operator('first');
    await until(async () => expect(await holder()).toBe('first'));
    await first.end('SIGKILL');
    const second = bench.operator('second');
    await until(async () => expect(await holder()).toBe('second'));
    expect(await second.end('SIGTERM')).toBe(0);
    expect(await holder()).toBe('');
  },
);
