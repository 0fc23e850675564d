import type { Database } from './database.ts';
import type { Partition } from './topic-catalog.ts';

/** How soon a record that another process stored is noticed; those of this process are at once. */
const POLL_MILLISECONDS = 150;

type Waiter = { wake(): void };

/** Wakes who waits for new records: directly after a write in this process, by a glance at the file for any other. */
export class Arrivals {
  readonly #database: Database;
  readonly #waiters = new Map<Partition, Set<Waiter>>();
  #timer: NodeJS.Timeout | undefined;
  #version: number | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  add(partition: Partition, waiter: Waiter): void {
    const waiters = this.#waiters.get(partition) ?? new Set();
    this.#waiters.set(partition, waiters.add(waiter));
    if (this.#timer !== undefined) return;
    this.#version = this.#dataVersion();
    this.#timer = setInterval(() => this.#poll(), POLL_MILLISECONDS).unref();
  }

  remove(partition: Partition, waiter: Waiter): void {
    const waiters = this.#waiters.get(partition);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(partition);
    if (this.#waiters.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  wake(partition: Partition): void {
    for (const waiter of this.#waiters.get(partition) ?? []) waiter.wake();
  }

  #poll(): void {
    const version = this.#dataVersion();
    if (version === this.#version && version !== undefined) return;
    this.#version = version;
    for (const partition of this.#waiters.keys()) this.wake(partition);
  }

  /** Changes when another connection has written. Undefined when it cannot be told: the readers find the cause. */
  #dataVersion(): number | undefined {
    try {
      return this.#database.first<{ data_version: number }>('PRAGMA data_version')!.data_version;
    } catch {
      return undefined;
    }
  }
}
