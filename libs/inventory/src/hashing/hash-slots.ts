import { readAhead } from './read-ahead.ts';

/**
 * Open addressing from a hash to a position in somebody's arrays, 8 bytes a position at most half full. Slots hold
 * `position + 1`, so that memory nobody has written to yet stays untouched.
 */
export class HashSlots {
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  get byteLength(): number {
    return this.#slots.byteLength;
  }

  /** Slot where a search for the hash begins. */
  first(hash: number): number {
    return hash & this.#mask;
  }

  next(slot: number): number {
    return (slot + 1) & this.#mask;
  }

  /** Position in the slot, or -1 where the search ends. */
  at(slot: number): number {
    return this.#slots[slot]! - 1;
  }

  /** Has the processor fetch what a search for these hashes looks at first. */
  readAhead(hashes: Uint32Array, start: number, end: number): void {
    readAhead({ words: this.#slots, mask: this.#mask, wordsPerBucket: 1 }, hashes, start, end);
  }

  insert(hash: number, position: number): void {
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = position + 1;
  }

  /** Takes a position out and closes the gap, so that no search stops short of a later one. `hashes` are those of all positions. */
  remove(position: number, hashes: Uint32Array): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let gap = hashes[position]! & mask;
    while (slots[gap] !== position + 1) gap = (gap + 1) & mask;
    for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = hashes[slots[slot]! - 1]! & mask;
      // It may move into the gap unless its home lies behind the gap, cyclically.
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      slots[gap] = slots[slot]!;
      gap = slot;
    }
    slots[gap] = 0;
  }
}
