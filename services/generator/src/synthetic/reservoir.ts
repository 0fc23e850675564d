import type { Random } from '../random.ts';
import { transactionKey } from './transaction-writer.ts';
import type { Message } from './message.ts';

const SLOTS = 4096;
const SLOT_BYTES = 512;

/** A uniform sample of all transactions sent so far, whole messages, in memory that never grows. */
export class Reservoir {
  readonly #random: Random;
  readonly #bytes = Buffer.allocUnsafeSlow(SLOTS * SLOT_BYTES);
  readonly #samples: (Message | undefined)[] = [];
  #offered = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Longer messages are passed over. */
  offer(message: Message): void {
    const { value } = message;
    if (value === null || value.length > SLOT_BYTES) return;
    this.#offered++;
    const slot = this.#samples.length < SLOTS ? this.#samples.length : this.#random.below(this.#offered);
    if (slot >= SLOTS) return;
    const start = slot * SLOT_BYTES;
    const kept = this.#bytes.subarray(start, start + value.length);
    kept.set(value);
    this.#samples[slot] = { ...message, role: 'duplicate', value: kept, followers: [] };
  }

  /** A copy of any of the sample; undefined while there is none. */
  any(): Message | undefined {
    const sample = this.#samples[this.#random.below(this.#samples.length)];
    if (sample === undefined || sample.value === null) return undefined;
    const value = Buffer.from(sample.value);
    return { ...sample, value, key: transactionKey(value) };
  }
}
