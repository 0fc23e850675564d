import { readAhead } from '../hashing/read-ahead.ts';

const WORDS_PER_BLOCK = 16;
const BITS_PER_IDENTITY = 7;

/** A Bloom filter whose bits of one identity share a cache line, so that a look costs one miss. */
export class BlockedBloom {
  readonly #words: Uint32Array;
  readonly #blockMask: number;

  /** `bytes` is a power of two, 64 at least. */
  constructor(bytes: number) {
    this.#words = new Uint32Array(bytes / 4);
    this.#blockMask = bytes / 4 / WORDS_PER_BLOCK - 1;
  }

  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** Has the processor fetch what a look at these identities touches. */
  readAhead(low: Uint32Array, start: number, end: number): void {
    const table = { words: this.#words, mask: this.#blockMask, wordsPerBucket: WORDS_PER_BLOCK };
    readAhead(table, low, start, end);
  }

  has(high: number, low: number): boolean {
    return this.#look(high, low, false);
  }

  /** Adds an identity and tells whether it may have been there before. */
  testAndAdd(high: number, low: number): boolean {
    return this.#look(high, low, true);
  }

  #look(high: number, low: number, isAdding: boolean): boolean {
    const words = this.#words;
    const block = (low & this.#blockMask) * WORDS_PER_BLOCK;
    let isKnown = true;
    let bits = high;
    let step = Math.imul(low ^ 0x9e3779b9, 0x85ebca6b) | 1;
    for (let probe = 0; probe < BITS_PER_IDENTITY; probe++) {
      const bit = (bits >>> 23) & 511;
      const word = block + (bit >>> 5);
      const mask = 1 << (bit & 31);
      if ((words[word]! & mask) === 0) {
        if (!isAdding) return false;
        isKnown = false;
        words[word]! |= mask;
      }
      bits = Math.imul(bits + step, 0x2c1b3c6d);
      step = (step + 0x7f4a7c15) | 0;
    }
    return isKnown;
  }
}
