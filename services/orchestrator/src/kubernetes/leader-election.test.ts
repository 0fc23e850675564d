import { silentLogger } from '@tillstream/runtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ApiError } from './api-error.ts';
import { LeaderElection, type LeaderElectionOptions } from './leader-election.ts';
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
const until = async (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 5 });

const TIMINGS = { leaseMs: 1000, renewMs: 600, retryMs: 30 };

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

function replica(keeper: LeaseKeeper, identity: string) {
  const lead = new Leading();
  const options = { api: keeper, lease: { namespace: 'x', name: 'y' }, identity, lead, logger: silentLogger() };
  const election = new LeaderElection({ ...options, timings: TIMINGS } as unknown as LeaderElectionOptions);
  const outcome = election.run().then(
    () => 'ended',
    (error: unknown) => (error as Error).message,
  );
  onTestFinished(() => election.stop());
  return { lead, election, outcome };
}

test('of two one leads; told to stop it gives the lease away, and the other leads soon', async () => {
  const keeper = new LeaseKeeper();
  const first = replica(keeper, 'a');
  await until(() => expect(first.lead.isRunning).toBe(true));
  const second = replica(keeper, 'b');
  await until(() => expect(keeper.stored?.metadata.resourceVersion).not.toBe('1'));
  expect([first.election.isLeading, second.election.isLeading]).toEqual([true, false]);
  first.election.stop();
  expect(await first.outcome).toBe('ended');
  await until(() => expect(second.lead.isRunning).toBe(true));
  expect(keeper.holder).toBe('b');
});

test('what was given away is not taken back, and nothing is left that runs', async () => {
  const keeper = new LeaseKeeper();
  const { election, lead, outcome } = replica(keeper, 'a');
  await until(() => expect(lead.isRunning).toBe(true));
  election.stop();
  expect(await outcome).toBe('ended');
  const version = keeper.stored!.metadata.resourceVersion;
  await new Promise((resolve) => setTimeout(resolve, TIMINGS.retryMs * 5));
  expect(keeper.holder).toBe('');
  expect(keeper.stored!.metadata.resourceVersion).toBe(version);
});

test('who is gone without a word is followed when its lease has not changed for its time', async () => {
  const keeper = new LeaseKeeper();
  const first = replica(keeper, 'a');
  await until(() => expect(first.lead.isRunning).toBe(true));
  // As a crash leaves it, by a clock that is an hour ahead.
  const renewTime = new Date(Date.now() + 3_600_000).toISOString();
  keeper.stored = { ...keeper.stored!, spec: { ...keeper.stored!.spec, holderIdentity: 'gone', renewTime } };
  const second = replica(keeper, 'b');
  await until(() => expect(second.election.isLeading).toBe(true));
  expect(keeper.holder).toBe('b');
  expect(await first.outcome).toBe('leadership is lost: another replica acts now');
});

test('who cannot renew stops acting before its lease has run out, and ends', async () => {
  const keeper = new LeaseKeeper();
  const { election, lead, outcome } = replica(keeper, 'a');
  await until(() => expect(lead.isRunning).toBe(true));
  keeper.isAway = true;
  const awayAt = performance.now();
  expect(await outcome).toBe('leadership is lost: another replica acts now');
  expect(election.isLeading).toBe(false);
  expect(performance.now() - awayAt).toBeGreaterThan(TIMINGS.renewMs - TIMINGS.retryMs * 2);
});

test('a server that is away for less is borne', async () => {
  const keeper = new LeaseKeeper();
  const { election, lead } = replica(keeper, 'a');
  await until(() => expect(lead.isRunning).toBe(true));
  keeper.isAway = true;
  await new Promise((resolve) => setTimeout(resolve, TIMINGS.retryMs * 3));
  keeper.isAway = false;
  const version = keeper.stored!.metadata.resourceVersion;
  await until(() => expect(keeper.stored!.metadata.resourceVersion).not.toBe(version));
  expect(election.isLeading).toBe(true);
});
