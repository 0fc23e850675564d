import { readAhead } from '../hashing/read-ahead.ts';

const WORDS_PER_BLOCK = 16;
const BITS_PER_IDENTITY = 7;

/**
 * A Bloom filter of all identities seen, of fixed size: what it does not know is certainly new, what it knows must be
 * looked up. History beyond its comfort (`maxBytes / 2` identities) only makes look-ups more frequent, never wrong.
 * Blocked: the bits of one identity share a cache line, so a probe costs one miss.
 */
export class IdentityFilter {
  readonly #words: Uint32Array;
  readonly #blockMask: number;

  /** `maxBytes` is rounded down to a power of two. */
  constructor(maxBytes: number) {
    const blocks = 2 ** Math.floor(Math.log2(maxBytes / (WORDS_PER_BLOCK * 4)));
    if (!(blocks >= 1)) throw new RangeError(`an identity filter needs at least 64 bytes, not ${maxBytes}`);
    this.#words = new Uint32Array(blocks * WORDS_PER_BLOCK);
    this.#blockMask = blocks - 1;
  }

  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** Has the processor fetch what a test of these identities looks at. */
  readAhead(low: Uint32Array, start: number, end: number): void {
    const table = { words: this.#words, mask: this.#blockMask, wordsPerBucket: WORDS_PER_BLOCK };
    readAhead(table, low, start, end);
  }

  /** Adds an identity and tells whether it may have been there before. */
  testAndAdd(high: number, low: number): boolean {
    const words = this.#words;
    const block = (low & this.#blockMask) * WORDS_PER_BLOCK;
    let known = true;
    let bits = high;
    let step = Math.imul(low ^ 0x9e3779b9, 0x85ebca6b) | 1;
    for (let probe = 0; probe < BITS_PER_IDENTITY; probe++) {
      const bit = (bits >>> 23) & 511;
      const word = block + (bit >>> 5);
      const mask = 1 << (bit & 31);
      if ((words[word]! & mask) === 0) {
        known = false;
        words[word]! |= mask;
      }
      bits = Math.imul(bits + step, 0x2c1b3c6d);
      step = (step + 0x7f4a7c15) | 0;
    }
    return known;
  }
}
