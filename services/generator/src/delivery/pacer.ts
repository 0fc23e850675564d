import { GeneratorError } from '../errors.ts';

/** `rate`: records a second, whatever their times. `speed`: simulated time times a factor. */
export type Pace =
  | { readonly kind: 'flatOut' }
  | { readonly kind: 'rate'; readonly recordsPerSecond: number }
  | { readonly kind: 'speed'; readonly factor: number };

export interface Pacer {
  /** Milliseconds until the next step is due. 0: now, and it counts as sent. */
  delayMs(simulatedTime: number, elapsedMs: number): number;
}

export function createPacer(pace: Pace): Pacer {
  switch (pace.kind) {
    case 'flatOut':
      return { delayMs: () => 0 };
    case 'rate':
      return new RatePacer(positive(pace.recordsPerSecond, 'rate'));
    case 'speed':
      return new SpeedPacer(positive(pace.factor, 'speed'));
  }
}

function positive(value: number, name: string): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new GeneratorError(`${name} must be a number above 0, not ${value}`);
}

const WINDOW_MS = 10;
/** A window of 10 ms takes at most this much, so a sender that fell behind catches up at double rate, in no burst. */
const WINDOW_TAKES_MS = 20;
/** Falling behind further than this is forgiven: whoever throttles the sender for a minute gets no flood after it. */
const MAX_DEBT_MS = 1000;

class RatePacer implements Pacer {
  readonly #intervalMs: number;
  readonly #windowLimit: number;
  #dueMs = Number.NaN;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #sentInWindow = 0;

  constructor(recordsPerSecond: number) {
    this.#intervalMs = 1000 / recordsPerSecond;
    this.#windowLimit = Math.max(1, Math.floor(WINDOW_TAKES_MS / this.#intervalMs));
  }

  delayMs(_simulatedTime: number, elapsedMs: number): number {
    if (Number.isNaN(this.#dueMs)) this.#dueMs = elapsedMs;
    if (this.#dueMs > elapsedMs) return this.#dueMs - elapsedMs;
    if (elapsedMs - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = elapsedMs;
      this.#sentInWindow = 0;
    }
    if (this.#sentInWindow >= this.#windowLimit) return this.#windowStartMs + WINDOW_MS - elapsedMs;
    this.#sentInWindow++;
    this.#dueMs = Math.max(this.#dueMs, elapsedMs - MAX_DEBT_MS) + this.#intervalMs;
    return 0;
  }
}

/** Weeks without an event (a shop closed, a till with a wild clock) are passed over instead of slept through. */
const LONGEST_GAP_MS = 7 * 24 * 60 * 60 * 1000;

class SpeedPacer implements Pacer {
  readonly #factor: number;
  #dueMs = Number.NaN;
  #simulatedTime = 0;

  constructor(factor: number) {
    this.#factor = factor;
  }

  delayMs(simulatedTime: number, elapsedMs: number): number {
    if (Number.isNaN(this.#dueMs)) {
      this.#dueMs = elapsedMs;
      this.#simulatedTime = simulatedTime;
    }
    const gapMs = Math.max(0, simulatedTime - this.#simulatedTime);
    const dueMs = this.#dueMs + (gapMs > LONGEST_GAP_MS ? 0 : gapMs / this.#factor);
    if (dueMs > elapsedMs) return dueMs - elapsedMs;
    this.#dueMs = dueMs;
    this.#simulatedTime = simulatedTime;
    return 0;
  }
}
