import { silentLogger } from '@tillstream/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { LeaderElection, type Clock, type LeaderElectionOptions } from './leader-election.ts';
import type { KubernetesObject } from './object.ts';

type Stored = KubernetesObject & { readonly spec?: Record<string, unknown> };

/** A lease as the API server keeps it: who replaces an old version is refused. */
class LeaseKeeper {
  stored: Stored | undefined;
  isAway = false;
  #version = 0;

  async get<Found>(): Promise<Found> {
    this.#check();
    if (this.stored === undefined) throw refusal(404);
    return this.stored as Found;
  }

  async create<Made>(_: unknown, object: object): Promise<Made> {
    this.#check();
    if (this.stored !== undefined) throw refusal(409);
    return this.#store(object);
  }

  async replace<Made>(_: unknown, object: object): Promise<Made> {
    this.#check();
    if ((object as Stored).metadata.resourceVersion !== this.stored?.metadata.resourceVersion) throw refusal(409);
    return this.#store(object);
  }

  get holder(): unknown {
    return this.stored?.spec?.['holderIdentity'];
  }

  #store<Made>(object: object): Made {
    this.#version++;
    const metadata = { ...(object as Stored).metadata, resourceVersion: String(this.#version) };
    this.stored = { ...object, metadata };
    return this.stored as Made;
  }

  #check(): void {
    if (this.isAway) throw new Error('away');
  }
}

const refusal = (code: number): ApiError => new ApiError('lease', { code, reason: '', message: '' });
/** Time that passes when the test says so, however slow the machine is. */
class StepClock implements Clock {
  #now = 0;
  readonly #sleepers = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      this.#sleepers.set(resolve, this.#now + ms);
      signal.addEventListener('abort', () => {
        this.#sleepers.delete(resolve);
        reject(signal.reason as Error);
      });
    });
  }

  /** Wakes everybody whose time comes, one after the other. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settled();
      const [next] = [...this.#sleepers].toSorted(([, a], [, b]) => a - b);
      if (next === undefined || next[1] > until) break;
      this.#sleepers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1]);
      next[0]();
    }
    this.#now = until;
  }

  /** As for a process that stands still: nobody wakes before it is over. */
  freeze(ms: number): void {
    this.#now += ms;
  }
}

/** What needs no time is done. */
const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const TIMINGS = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2000 };

class Leading {
  isRunning = false;
  readonly #stopped = Promise.withResolvers<void>();

  async run(): Promise<void> {
    this.isRunning = true;
    await this.#stopped.promise;
    this.isRunning = false;
  }

  stop(): void {
    this.#stopped.resolve();
  }
}

function setUp() {
  const keeper = new LeaseKeeper();
  const replica = (identity: string, clock = new StepClock()) => {
    const lead = new Leading();
    const options = {
      api: keeper,
      lease: { namespace: 'x', name: 'y' },
      identity,
      lead,
      logger: silentLogger(),
      clock,
    };
    const election = new LeaderElection({ ...options, timings: TIMINGS } as unknown as LeaderElectionOptions);
    const outcome = election.run().then(
      () => 'ended',
      (error: unknown) => (error as Error).message,
    );
    onTestFinished(() => election.stop());
    return { lead, election, outcome, clock };
  };
  return { keeper, replica };
}

const LOST = 'leadership is lost: another replica acts now';

test('of two one leads; told to stop it gives the lease away, and the other leads soon', async () => {
  const { keeper, replica } = setUp();
  const first = replica('a');
  await first.clock.pass(0);
  const second = replica('b', first.clock);
  await first.clock.pass(60_000);
  expect([first.election.isLeading, second.election.isLeading]).toEqual([true, false]);
  first.election.stop();
  expect(await first.outcome).toBe('ended');
  await first.clock.pass(3000);
  expect(second.lead.isRunning).toBe(true);
  expect(keeper.holder).toBe('b');
});

test('what was given away is not taken back, and nothing is left that runs', async () => {
  const { keeper, replica } = setUp();
  const { election, outcome, clock } = replica('a');
  await clock.pass(0);
  election.stop();
  expect(await outcome).toBe('ended');
  const version = keeper.stored!.metadata.resourceVersion;
  await clock.pass(60_000);
  expect(keeper.holder).toBe('');
  expect(keeper.stored!.metadata.resourceVersion).toBe(version);
});

test('who is gone without a word is followed when its lease has not changed for its time', async () => {
  const { keeper, replica } = setUp();
  const first = replica('a');
  await first.clock.pass(0);
  // As a crash leaves it, by a clock that is an hour ahead.
  const renewTime = new Date(Date.now() + 3_600_000).toISOString();
  keeper.stored = { ...keeper.stored!, spec: { ...keeper.stored!.spec, holderIdentity: 'gone', renewTime } };
  const second = replica('b');
  await second.clock.pass(TIMINGS.leaseMs);
  expect(second.election.isLeading).toBe(false);
  await second.clock.pass(2 * TIMINGS.retryMs);
  expect(second.election.isLeading).toBe(true);
  await first.clock.pass(TIMINGS.retryMs);
  expect(await first.outcome).toBe(LOST);
});

test('who cannot renew stops acting before its lease has run out, and ends', async () => {
  const { keeper, replica } = setUp();
  const { election, outcome, clock } = replica('a');
  await clock.pass(0);
  keeper.isAway = true;
  await clock.pass(TIMINGS.renewMs - 1);
  expect([election.isLeading, election.actsForMs]).toEqual([true, TIMINGS.leaseMs - TIMINGS.renewMs + 1]);
  await clock.pass(1);
  expect([election.isLeading, election.actsForMs]).toEqual([false, 0]);
  await clock.pass(TIMINGS.retryMs);
  expect(await outcome).toBe(LOST);
});

test('who stood still does not act any more, before it has looked at anything', async () => {
  const { replica } = setUp();
  const { election, clock } = replica('a');
  await clock.pass(0);
  clock.freeze(TIMINGS.renewMs);
  expect(election.isLeading).toBe(false);
});

test('a server that is away for less is borne', async () => {
  const { keeper, replica } = setUp();
  const { election, clock } = replica('a');
  await clock.pass(0);
  keeper.isAway = true;
  await clock.pass(3 * TIMINGS.retryMs);
  keeper.isAway = false;
  await clock.pass(60_000);
  expect(election.isLeading).toBe(true);
});
