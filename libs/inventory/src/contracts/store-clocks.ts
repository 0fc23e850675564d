const UNSEEN = Number.NEGATIVE_INFINITY;

type StoreFigures = { late: number; ahead: number };

/**
 * Watches the clocks of stores within one partition, whose records come in the order of sending. Nothing is judged by
 * what is found: it is counted and shown. A till that runs fast makes nobody else's events late.
 *
 * A line is **late** when it lies behind the latest credible time of its own store by more than the limit. The lines of a store that
 * leads all others by more than the limit are **ahead** once another store, itself in line with the rest, goes on at
 * the old time; when the others catch up first, the leader was merely the first to open in the morning.
 */
export class StoreClocks {
  readonly #limitMs: number;
  readonly #latest = new Map<number, number>();
  readonly #figures = new Map<number, StoreFigures>();
  #leader = Number.NaN;
  #leaderTime = UNSEEN;
  /** The greatest time of any store but the leader. */
  #runnerUpTime = UNSEEN;
  /** Lines of the leader that are ahead if another store says so. */
  #suspected = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  observe(storeId: number, dateTime: number): void {
    const latest = this.#latest.get(storeId) ?? UNSEEN;
    if (dateTime > latest) this.#latest.set(storeId, dateTime);
    else if (dateTime < this.#credible(storeId, latest) - this.#limitMs) this.#figuresOf(storeId).late++;
    if (storeId === this.#leader) this.#leads(dateTime);
    else if (dateTime > latest) this.#follows(storeId, dateTime);
  }

  /** By store, how many lines were late and how many ahead. */
  get figures(): ReadonlyMap<number, Readonly<StoreFigures>> {
    return this.#figures;
  }

  /** One fast till must not make the other tills of its store late. */
  #credible(storeId: number, latest: number): number {
    if (storeId !== this.#leader || this.#runnerUpTime === UNSEEN) return latest;
    return Math.min(latest, this.#runnerUpTime + this.#limitMs);
  }

  #leads(dateTime: number): void {
    if (dateTime > this.#leaderTime) this.#leaderTime = dateTime;
    if (dateTime > this.#runnerUpTime + this.#limitMs) this.#suspected++;
  }

  /** Another store's clock goes on. */
  #follows(storeId: number, dateTime: number): void {
    const isInLine = dateTime >= this.#runnerUpTime - this.#limitMs;
    if (isInLine && dateTime < this.#leaderTime - this.#limitMs) {
      if (this.#suspected > 0) this.#figuresOf(this.#leader).ahead += this.#suspected;
      this.#suspected = 0;
    } else if (isInLine) {
      this.#suspected = 0;
    }
    if (dateTime > this.#leaderTime) {
      // The first store ever leads nobody.
      this.#suspected = this.#leaderTime !== UNSEEN && dateTime > this.#leaderTime + this.#limitMs ? 1 : 0;
      this.#runnerUpTime = this.#leaderTime;
      this.#leader = storeId;
      this.#leaderTime = dateTime;
    } else if (dateTime > this.#runnerUpTime) {
      this.#runnerUpTime = dateTime;
    }
  }

  #figuresOf(storeId: number): StoreFigures {
    let figures = this.#figures.get(storeId);
    if (figures === undefined) {
      figures = { late: 0, ahead: 0 };
      this.#figures.set(storeId, figures);
    }
    return figures;
  }
}
