import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { toStoreError } from '../clickhouse/to-store-error.ts';
import { StoreError, type StoreErrorCode } from '../store-error.ts';
import type { Attempts, Work } from '../clickhouse/attempts.ts';

/** The store takes nothing, or cannot be reached. */
export type StoreWait = {
  /** One line: what was tried, and why it failed. */
  readonly reason: string;
  readonly code: StoreErrorCode;
  /** Epoch milliseconds. */
  readonly since: number;
  /** True in the last message of a wait. */
  readonly over: boolean;
};

export type PatienceOptions = {
  /** Told when a wait begins, when its reason becomes another, and when it is over; however many statements wait. */
  readonly onWait?: ((wait: StoreWait) => void) | undefined;
  /** Ends all waiting. */
  readonly signal?: AbortSignal | undefined;
  /** The longest pause between two attempts; 10 s when not given. */
  readonly maxPauseMs?: number;
};

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 10_000;

/** Reasons that pass by themselves, or when somebody who is told sees to it. */
const PASSING: ReadonlySet<StoreErrorCode> = new Set(['unreachable', 'not_ready']);
/** These too, but a query may be their cause itself. */
const PERHAPS_PASSING: ReadonlySet<StoreErrorCode> = new Set(['disk_full', 'out_of_memory', 'too_many_parts']);
/** Half a minute, with the pauses. */
const QUERY_ATTEMPTS = 8;

/** Repeats what fails for a reason that passes, at growing and uneven intervals. */
export class Patience implements Attempts {
  readonly #options: PatienceOptions;
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal;
  /** The statements that wait. */
  readonly #waiting = new Set<object>();
  #wait: StoreWait | undefined;

  constructor(options: PatienceOptions = {}) {
    this.#options = options;
    const { signal } = this.#ending;
    this.#signal = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
    // As many listeners as statements wait: Node takes more than ten for a leak.
    setMaxListeners(0, this.#signal);
  }

  async run<Result>(work: Work<Result>): Promise<Result> {
    try {
      for (let count = 1; ; count++) {
        const result = await this.#attempt(work, count);
        if ('done' in result) return result.done;
        this.#begin(work, result.failure);
        await this.#pause(count, result.failure);
      }
    } finally {
      this.#end(work);
    }
  }

  /** Throws what waiting does not help against. */
  async #attempt<Result>(work: Work<Result>, count: number): Promise<{ done: Result } | { failure: StoreError }> {
    try {
      return { done: await work.attempt() };
    } catch (error) {
      const failure = toStoreError(error, work.doing);
      if (!isWorthRepeating(failure.code, work.kind, count)) throw failure;
      return { failure };
    }
  }

  /** What waits is rejected as closed, and nothing is repeated any more. */
  end(): void {
    this.#ending.abort();
  }

  async #pause(count: number, failure: StoreError): Promise<void> {
    const { maxPauseMs = MAX_PAUSE_MS } = this.#options;
    const longest = Math.min(maxPauseMs, FIRST_PAUSE_MS * 2 ** (count - 1));
    try {
      // Uneven, so that many workers do not come back at once.
      await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal: this.#signal });
    } catch {
      throw new StoreError('closed', `gave up waiting: ${failure.message}`, { cause: failure });
    }
  }

  #begin(waiting: object, { code, message: reason }: StoreError): void {
    this.#waiting.add(waiting);
    const isNews = this.#wait?.code !== code;
    this.#wait = { reason, code, since: this.#wait?.since ?? Date.now(), over: false };
    if (isNews) this.#options.onWait?.(this.#wait);
  }

  #end(waiting: object): void {
    if (!this.#waiting.delete(waiting) || this.#waiting.size > 0 || this.#wait === undefined) return;
    const ended = { ...this.#wait, over: true };
    this.#wait = undefined;
    this.#options.onWait?.(ended);
  }
}

function isWorthRepeating(code: StoreErrorCode, kind: Work<unknown>['kind'], count: number): boolean {
  if (PASSING.has(code)) return kind !== 'text';
  if (!PERHAPS_PASSING.has(code)) return false;
  return kind === 'insert' || (kind === 'query' && count < QUERY_ATTEMPTS);
}
