import type { Task } from '@tillstream/runtime';
import { pauseMs, type Backoff } from './backoff.ts';

export type KeyQueueOptions = {
  /** Does what is to be done for a key; gives the milliseconds after which it is to be looked at again. */
  readonly handle: (key: string) => Promise<number>;
  readonly onError: (key: string, error: unknown, againInMs: number) => void;
  /** Keys that are handled at a time. */
  readonly concurrency: number;
  readonly backoff?: Backoff;
};

const BACKOFF: Backoff = { firstMs: 200, mostMs: 60_000 };

/**
 * Keys that wait to be handled: each once, however often it was added, never twice at a time, and again when it was
 * added meanwhile. One that failed comes again after a growing pause.
 */
export class KeyQueue implements Task {
  readonly #options: KeyQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  /** Keys that were said to come, and keys that come again by themselves. */
  readonly #soon = new Map<string, NodeJS.Timeout>();
  readonly #later = new Map<string, NodeJS.Timeout>();
  readonly #failures = new Map<string, number>();
  readonly #stopped = Promise.withResolvers<void>();
  #isOpen = false;

  constructor(options: KeyQueueOptions) {
    this.#options = options;
  }

  /** Keys that wait for their turn now. */
  get depth(): number {
    return this.#waiting.size;
  }

  add(key: string): void {
    for (const timers of [this.#later, this.#soon]) {
      clearTimeout(timers.get(key));
      timers.delete(key);
    }
    this.#waiting.add(key);
    this.#startWork();
  }

  /** Within `ms`; sooner if that was said before. What comes in crowds is handled once. */
  addSoon(key: string, ms: number): void {
    if (this.#waiting.has(key) || this.#soon.has(key)) return;
    this.#soon.set(
      key,
      setTimeout(() => this.add(key), ms),
    );
  }

  /** Handles keys until `stop`, then finishes those in hand. */
  async run(): Promise<void> {
    this.#isOpen = true;
    this.#startWork();
    await this.#stopped.promise;
    await Promise.all(this.#running.values());
  }

  stop(): void {
    this.#isOpen = false;
    for (const timers of [this.#later, this.#soon]) {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    }
    this.#stopped.resolve();
  }

  #startWork(): void {
    for (const key of this.#waiting) {
      if (!this.#isOpen || this.#running.size >= this.#options.concurrency) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.set(key, this.#work(key));
    }
  }

  async #work(key: string): Promise<void> {
    const againInMs = await this.#handle(key);
    this.#running.delete(key);
    if (this.#isOpen && !this.#waiting.has(key) && Number.isFinite(againInMs)) {
      clearTimeout(this.#later.get(key));
      this.#later.set(
        key,
        setTimeout(() => this.add(key), againInMs),
      );
    }
    this.#startWork();
  }

  async #handle(key: string): Promise<number> {
    const { handle, onError, backoff = BACKOFF } = this.#options;
    try {
      const againInMs = await handle(key);
      this.#failures.delete(key);
      return againInMs;
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      const againInMs = pauseMs(backoff, failures);
      onError(key, error, againInMs);
      return againInMs;
    }
  }
}
