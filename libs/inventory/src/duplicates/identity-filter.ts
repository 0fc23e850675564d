import { BlockedBloom } from './blocked-bloom.ts';

const MIN_BYTES = 64;
const FIRST_BYTES = 8 * 2 ** 20;
const GROWTH = 4;
/** 24 bits: of 10,000 new identities one is taken for known. */
const BYTES_PER_IDENTITY = 3;

/**
 * A filter of all identities seen: what it does not know is certainly new, what it knows must be looked up. It grows
 * with history by parts, each four times the one before, for what is in one cannot be moved to a larger one. At its
 * bound (`maxBytes`, comfortable up to a third as many identities) look-ups become more frequent, never wrong.
 */
export class IdentityFilter {
  readonly #maxBytes: number;
  /** The last one takes what is new. */
  readonly #parts: BlockedBloom[] = [];
  #room = 0;

  constructor(maxBytes: number) {
    if (!(maxBytes >= MIN_BYTES)) {
      throw new RangeError(`an identity filter needs at least ${MIN_BYTES} bytes, not ${maxBytes}`);
    }
    this.#maxBytes = maxBytes;
    this.#grow(FIRST_BYTES);
  }

  get byteLength(): number {
    return this.#parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Has the processor fetch what a test of these identities looks at. */
  readAhead(low: Uint32Array, start: number, end: number): void {
    for (const part of this.#parts) part.readAhead(low, start, end);
  }

  /** Adds an identity and tells whether it may have been there before. */
  testAndAdd(high: number, low: number): boolean {
    const last = this.#parts.length - 1;
    for (let part = 0; part < last; part++) if (this.#parts[part]!.has(high, low)) return true;
    const open = this.#parts[last]!;
    if (open.testAndAdd(high, low)) return true;
    if (--this.#room === 0) this.#grow(open.byteLength * GROWTH);
    return false;
  }

  /** Where less than the last part's size is left, that one takes the rest: a smaller one would be full at once. */
  #grow(wantedBytes: number): void {
    const freeBytes = this.#maxBytes - this.byteLength;
    const bytes = 2 ** Math.floor(Math.log2(Math.min(wantedBytes, freeBytes)));
    if (!(bytes >= (this.#parts.at(-1)?.byteLength ?? MIN_BYTES))) return;
    this.#parts.push(new BlockedBloom(bytes));
    this.#room = Math.ceil(bytes / BYTES_PER_IDENTITY);
  }
}
