import { oneLine, type Logger, type Task } from '@tillstream/runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import { isCode } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { DEPLOYMENTS, LEASES } from './kinds.ts';
import type { KubernetesObject, ObjectName, ResourceKind } from './object.ts';

export type LeaderElectionOptions = {
  readonly api: Pick<ApiServer, 'get' | 'create' | 'replace'>;
  /** Where a Deployment has this name too, the lease goes with it. */
  readonly lease: ObjectName;
  /** Of this replica: no other has the same. */
  readonly identity: string;
  /** What only the leader does. It ends when it is told to stop. */
  readonly lead: Task;
  readonly logger: Logger;
  readonly timings?: LeaderElectionTimings;
  readonly clock?: Clock;
};

/** Time that only goes forward, in milliseconds. */
export type Clock = {
  now(): number;
  /** Rejects when the signal is given. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};

const CLOCK: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => sleep(ms, undefined, { signal }),
};

export type LeaderElectionTimings = {
  /** Others wait for so long after the last renewal. */
  readonly leaseMs: number;
  /** Who could not renew for so long stops acting; less than the lease. */
  readonly renewMs: number;
  readonly retryMs: number;
};

const TIMINGS: LeaderElectionTimings = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2000 };

type LeaseSpec = {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
};
type Lease = KubernetesObject & { readonly spec?: LeaseSpec };

/**
 * Of several replicas one leads, by a Lease that it renews. Another's lease has run out when it has not changed for its
 * time by the clock of this process: clocks of machines are not compared.
 */
export class LeaderElection implements Task {
  readonly #options: LeaderElectionOptions;
  readonly #timings: LeaderElectionTimings;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #owners: readonly object[] | undefined;
  #seen: { readonly version: string; readonly at: number } | undefined;
  /** When the request of the last successful renewal was sent. */
  #renewedAt = -Infinity;
  #isLeader = false;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timings = options.timings ?? TIMINGS;
    this.#clock = options.clock ?? CLOCK;
  }

  /** Whether this replica may act now. A process that stood still knows by the time that has passed. */
  get isLeading(): boolean {
    return this.#isLeader && this.#clock.now() - this.#renewedAt < this.#timings.renewMs;
  }

  /** For how many milliseconds nobody else acts; 0 when this replica may not act. What takes longer must be given up. */
  get actsForMs(): number {
    return this.isLeading ? this.#timings.leaseMs - (this.#clock.now() - this.#renewedAt) : 0;
  }

  /** Waits for leadership, leads until told to stop, then gives the lease away. Rejects when leadership is lost. */
  async run(): Promise<void> {
    const { lead, logger, identity } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted && !(await this.#tryOnce())) await this.#pause();
    if (signal.aborted) return;
    this.#isLeader = true;
    logger.info({ identity }, 'leads');
    const keeping = new AbortController();
    const kept = this.#keep(keeping.signal);
    const leading = lead.run();
    try {
      await Promise.race([leading, kept]);
      await leading;
      // A renewal on its way would take back what is given away.
      keeping.abort();
      await kept;
      await this.#release();
    } finally {
      keeping.abort();
      this.#isLeader = false;
    }
  }

  stop(): void {
    this.#stopping.abort();
    this.#options.lead.stop();
  }

  /** Renews until the signal, also while it is told to stop: what is in hand is finished as the leader. */
  async #keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(this.#timings.retryMs, signal).catch(() => undefined);
      if (signal.aborted || (await this.#tryOnce())) continue;
      if (!this.isLeading) throw new Error('leadership is lost: another replica acts now');
    }
  }

  async #pause(): Promise<void> {
    const ms = this.#timings.retryMs * (1 + 0.2 * Math.random());
    await this.#clock.sleep(ms, this.#stopping.signal).catch(() => undefined);
  }

  /** Whether this replica holds the lease now. */
  async #tryOnce(): Promise<boolean> {
    const { api, identity, logger } = this.#options;
    const sentAt = this.#clock.now();
    try {
      // Once: a lease that is made anew while the Deployment goes is to go too.
      this.#owners ??= ownersOf(await this.#read<KubernetesObject>(DEPLOYMENTS));
      const lease = await this.#read<Lease>(LEASES);
      if (lease === undefined) await this.#create();
      else if (this.#isFree(lease)) await api.replace(LEASES, { ...lease, spec: this.#spec(lease.spec ?? {}) });
      else {
        if (this.#isLeader) this.#renewedAt = -Infinity;
        return false;
      }
      this.#renewedAt = sentAt;
      return true;
    } catch (error) {
      // Another was faster. Everything else is a reason to try again.
      if (!isCode(error, 409)) logger.warn({ identity, reason: oneLine(error) }, 'the lease could not be renewed');
      return false;
    }
  }

  async #create(): Promise<void> {
    const { api, lease } = this.#options;
    const { apiVersion, kind } = LEASES;
    const metadata = { ...lease, ownerReferences: this.#owners };
    const whole = { apiVersion, kind, metadata, spec: this.#spec({}) };
    await api.create(LEASES, whole);
  }

  async #read<Found extends KubernetesObject>(kind: ResourceKind): Promise<Found | undefined> {
    try {
      return await this.#options.api.get<Found>(kind, this.#options.lease);
    } catch (error) {
      if (isCode(error, 404)) return undefined;
      throw error;
    }
  }

  #isFree({ metadata, spec = {} }: Lease): boolean {
    const { holderIdentity: holder = '', leaseDurationSeconds = 0 } = spec;
    if (holder === '' || holder === this.#options.identity) return true;
    if (this.#seen?.version !== metadata.resourceVersion) {
      this.#seen = { version: metadata.resourceVersion, at: this.#clock.now() };
      return false;
    }
    return this.#clock.now() - this.#seen.at > leaseDurationSeconds * 1000;
  }

  #spec(before: LeaseSpec): LeaseSpec {
    const now = microTime(new Date());
    const { identity } = this.#options;
    const isOurs = before.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#timings.leaseMs / 1000),
      acquireTime: isOurs ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (isOurs ? 0 : 1),
    };
  }

  /** The next one need not wait for the lease to run out. */
  async #release(): Promise<void> {
    const lease = await this.#read<Lease>(LEASES).catch(() => undefined);
    if (lease?.spec?.holderIdentity !== this.#options.identity) return;
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    await this.#options.api.replace(LEASES, { ...lease, spec }).catch(() => undefined);
  }
}

function ownersOf(deployment: KubernetesObject | undefined): readonly object[] {
  if (deployment === undefined) return [];
  const { name, uid } = deployment.metadata;
  return [{ apiVersion: DEPLOYMENTS.apiVersion, kind: DEPLOYMENTS.kind, name, uid }];
}

/** Times of leases and events have six decimals. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
