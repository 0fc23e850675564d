import { HashSlots } from '../hashing/hash-slots.ts';

export type RecentChange = {
  readonly key: number;
  readonly identityHigh: number;
  readonly identityLow: number;
  readonly dateTime: number;
  readonly quantity: number;
  readonly sourcePartition: number;
  readonly sourceOffset: number;
  /** Sequence number of the key's change before this one, or -1. */
  readonly previous: number;
};

/** Told of a change that leaves: its key, its time, and where its record stands in the log. */
export type OnForgotten = (key: number, dateTime: number, sourcePartition: number, sourceOffset: number) => void;

/**
 * The last `capacity` changes of a partition, one by one: found by identity, walked by key. A ring with an open
 * addressing index, 60 bytes a change. A change is named by its sequence number, which tells whether it is still here.
 */
export class RecentChanges {
  readonly capacity: number;
  readonly #slots: HashSlots;
  readonly #onForgotten: OnForgotten;
  readonly #key: Int32Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #dateTime: Float64Array;
  readonly #quantity: Int32Array;
  readonly #sourcePartition: Uint16Array;
  readonly #sourceOffset: Float64Array;
  readonly #previous: Float64Array;
  /** Sequence number of the next change; those from `next - capacity` on are here. */
  #next = 0;

  constructor(capacity: number, onForgotten: OnForgotten) {
    this.capacity = capacity;
    this.#onForgotten = onForgotten;
    this.#slots = new HashSlots(capacity);
    this.#key = new Int32Array(capacity);
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#dateTime = new Float64Array(capacity);
    this.#quantity = new Int32Array(capacity);
    this.#sourcePartition = new Uint16Array(capacity);
    this.#sourceOffset = new Float64Array(capacity);
    this.#previous = new Float64Array(capacity);
  }

  get byteLength(): number {
    return this.#slots.byteLength + this.capacity * (4 + 4 + 4 + 8 + 4 + 2 + 8 + 8);
  }

  has(key: number, identityHigh: number, identityLow: number): boolean {
    const slots = this.#slots;
    for (let slot = slots.first(identityLow); ; slot = slots.next(slot)) {
      const at = slots.at(slot);
      if (at < 0) return false;
      if (this.#low[at] === identityLow && this.#high[at] === identityHigh && this.#key[at] === key) return true;
    }
  }

  /** Adds a change that is not here yet and returns its sequence number; when full, the oldest one leaves. */
  add(change: RecentChange): number {
    const at = this.#next % this.capacity;
    if (this.#next >= this.capacity) this.#forget(at);
    this.#key[at] = change.key;
    this.#high[at] = change.identityHigh;
    this.#low[at] = change.identityLow;
    this.#dateTime[at] = change.dateTime;
    this.#quantity[at] = change.quantity;
    this.#sourcePartition[at] = change.sourcePartition;
    this.#sourceOffset[at] = change.sourceOffset;
    this.#previous[at] = change.previous;
    this.#slots.insert(change.identityLow, at);
    return this.#next++;
  }

  /** Sum of the quantities with `date_time` at or after `from`, over the chain that ends in `newest`. */
  sumSince(newest: number, from: number): number {
    let sum = 0;
    const gone = this.#next - this.capacity;
    for (let sequence = newest; sequence >= 0 && sequence >= gone;) {
      const at = sequence % this.capacity;
      if (this.#dateTime[at]! >= from) sum += this.#quantity[at]!;
      sequence = this.#previous[at]!;
    }
    return sum;
  }

  #forget(at: number): void {
    this.#slots.remove(at, this.#low);
    this.#onForgotten(this.#key[at]!, this.#dateTime[at]!, this.#sourcePartition[at]!, this.#sourceOffset[at]!);
  }
}
