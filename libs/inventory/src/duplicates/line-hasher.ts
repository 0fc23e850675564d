import { mix } from '../hashing/mix.ts';

/**
 * Hashes of a line, computed without allocating: read them from the fields after `line()`.
 *
 * The **identity** is 64 bits over (trans_id, item_id), the same in every process: it is stored beside the rows and
 * filters are rebuilt from it, so it must never change without a new era. It only finds candidates.
 * The **content** is 53 bits over all that the line says, with a secret seed of this process, so that nobody can make
 * a line that passes for a copy of another.
 */
export class LineHasher {
  identityHigh = 0;
  identityLow = 0;
  content = 0;
  readonly #seed: number;
  #transactionHigh = 0;
  #transactionLow = 0;
  #sealHigh = 0;
  #sealLow = 0;

  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /** The transaction's id; its lines follow. */
  transaction(bytes: Buffer, start: number, end: number): void {
    let high = 0x9e3779b9;
    let low = 0x85ebca6b ^ (end - start);
    let sealHigh = this.#seed;
    let sealLow = Math.imul(this.#seed, 0x27d4eb2f) ^ 0x165667b1;
    for (let position = start; position < end; position++) {
      const byte = bytes[position]!;
      high = Math.imul(high ^ byte, 0x01000193);
      low = Math.imul(low ^ byte, 0x5bd1e995) ^ (low >>> 15);
      sealHigh = Math.imul(sealHigh ^ byte, 0x2c1b3c6d) ^ (sealHigh >>> 13);
      sealLow = Math.imul(sealLow ^ byte, 0x297a2d39) ^ (sealLow >>> 17);
    }
    this.#transactionHigh = high;
    this.#transactionLow = low;
    this.#sealHigh = sealHigh;
    this.#sealLow = sealLow;
  }

  line(line: LineContent): void {
    const { itemId } = line;
    const high = mix(this.#transactionHigh ^ Math.imul(itemId, 0x27d4eb2f));
    this.identityLow = mix(this.#transactionLow ^ itemId ^ Math.imul(high, 0x165667b1));
    this.identityHigh = mix(high ^ this.#transactionLow);
    this.content = (this.#seal(this.#sealHigh, line) & 0x1fffff) * 2 ** 32 + this.#seal(this.#sealLow, line);
  }

  /** One value after the other, each through the secret: values that make up for each other cannot be found without it. */
  #seal(secret: number, line: LineContent): number {
    const dateHigh = Math.floor(line.dateTime / 2 ** 32);
    let hash = mix(secret ^ line.itemId);
    hash = mix(hash ^ line.storeId);
    hash = mix(hash ^ line.quantity);
    hash = mix(hash ^ (line.dateTime | 0));
    return mix(hash ^ (line.changeTypeId << 16) ^ dateHigh);
  }
}

export type LineContent = {
  readonly itemId: number;
  readonly storeId: number;
  readonly quantity: number;
  readonly changeTypeId: number;
  /** Epoch milliseconds. */
  readonly dateTime: number;
};
