/** Where the sums go, so that reading ahead has an effect and is not left out by the compiler. */
const SUM = new Int32Array(1);

export type HashTable = {
  readonly words: Int32Array | Uint32Array;
  /** A hash's bucket is its lowest bits. */
  readonly mask: number;
  readonly wordsPerBucket: number;
};

/**
 * Has the processor fetch the buckets of `hashes[start, end)` from memory. The misses of this loop do not wait for each
 * other, those of a search that is done hash after hash do.
 */
export function readAhead(
  { words, mask, wordsPerBucket }: HashTable,
  hashes: Uint32Array,
  start: number,
  end: number,
): void {
  let sum = 0;
  for (let index = start; index < end; index++) sum ^= words[(hashes[index]! & mask) * wordsPerBucket]!;
  SUM[0]! ^= sum;
}
