const UNSEEN = Number.NEGATIVE_INFINITY;

/** `late`: behind its own store by more than the limit. `ahead`: before every other store by more than the limit. */
export type Punctuality = 'on_time' | 'late' | 'ahead';

/**
 * Watches each store's clock by itself. A till that runs fast makes nobody else's events late, and nothing is judged
 * by what is found here: it is counted and shown.
 */
export class StoreClocks {
  readonly #limitMs: number;
  readonly #latest = new Map<number, number>();
  #leader = Number.NaN;
  #leaderTime = UNSEEN;
  /** The greatest time of any store but the leader. */
  #runnerUpTime = UNSEEN;
  readonly #late = new Map<number, number>();
  readonly #ahead = new Map<number, number>();

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  observe(storeId: number, dateTime: number): Punctuality {
    const latest = this.#latest.get(storeId) ?? UNSEEN;
    if (dateTime > latest) {
      this.#latest.set(storeId, dateTime);
      this.#advance(storeId, dateTime);
    }
    const others = storeId === this.#leader ? this.#runnerUpTime : this.#leaderTime;
    if (others !== UNSEEN && dateTime > others + this.#limitMs) return this.#note(this.#ahead, storeId, 'ahead');
    if (dateTime < latest - this.#limitMs) return this.#note(this.#late, storeId, 'late');
    return 'on_time';
  }

  /** Stores with records that were late or ahead, and how many. */
  report(): readonly { readonly storeId: number; readonly late: number; readonly ahead: number }[] {
    const stores = new Set([...this.#late.keys(), ...this.#ahead.keys()]);
    return [...stores].map((storeId) => ({
      storeId,
      late: this.#late.get(storeId) ?? 0,
      ahead: this.#ahead.get(storeId) ?? 0,
    }));
  }

  #advance(storeId: number, dateTime: number): void {
    if (storeId === this.#leader) {
      this.#leaderTime = dateTime;
    } else if (dateTime > this.#leaderTime) {
      this.#runnerUpTime = this.#leaderTime;
      this.#leader = storeId;
      this.#leaderTime = dateTime;
    } else if (dateTime > this.#runnerUpTime) {
      this.#runnerUpTime = dateTime;
    }
  }

  #note(counter: Map<number, number>, storeId: number, punctuality: Punctuality): Punctuality {
    counter.set(storeId, (counter.get(storeId) ?? 0) + 1);
    return punctuality;
  }
}
