import { HashSlots } from '../hashing/hash-slots.ts';

/** A line as the window remembers it: enough to recognise a copy, not enough to explain a difference. */
export type HotLine = {
  readonly identityHigh: number;
  readonly identityLow: number;
  readonly content: number;
  readonly partition: number;
  readonly offset: number;
};

/**
 * The last `capacity` lines by arrival, found by identity: open addressing over a ring, 34 bytes a line and nothing on
 * the heap. When it is full the oldest line leaves; who asks for it then must look in the store.
 */
export class HotWindow {
  readonly #capacity: number;
  /** Ring position of a line by the lower half of its identity. */
  readonly #slots: HashSlots;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #content: Float64Array;
  readonly #offset: Float64Array;
  readonly #partition: Uint16Array;
  #next = 0;
  #used = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#slots = new HashSlots(capacity);
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#content = new Float64Array(capacity);
    this.#offset = new Float64Array(capacity);
    this.#partition = new Uint16Array(capacity);
  }

  get size(): number {
    return this.#used;
  }

  get byteLength(): number {
    return this.#slots.byteLength + this.#capacity * (4 + 4 + 8 + 8 + 2);
  }

  /** Position of the line with this identity, or -1. Valid until the next `add`. */
  find(high: number, low: number): number {
    const slots = this.#slots;
    for (let slot = slots.first(low); ; slot = slots.next(slot)) {
      const position = slots.at(slot);
      if (position < 0 || (this.#high[position] === high && this.#low[position] === low)) return position;
    }
  }

  /** Has the processor fetch what a search for these identities looks at first, and what leaves when they are added. */
  readAhead(low: Uint32Array, start: number, end: number): void {
    this.#slots.readAhead(low, start, end);
    if (this.#used < this.#capacity) return;
    const lastLeaving = Math.min(this.#capacity, this.#next + end - start);
    this.#slots.readAhead(this.#low, this.#next, lastLeaving);
  }

  contentAt(position: number): number {
    return this.#content[position]!;
  }

  partitionAt(position: number): number {
    return this.#partition[position]!;
  }

  isAt(position: number, partition: number, offset: number): boolean {
    return this.#offset[position] === offset && this.#partition[position] === partition;
  }

  /** Remembers a line whose identity is not in the window. */
  add(line: HotLine): void {
    const position = this.#next;
    if (this.#used === this.#capacity) this.#slots.remove(position, this.#low);
    else this.#used++;
    this.#next = position + 1 === this.#capacity ? 0 : position + 1;
    this.#high[position] = line.identityHigh;
    this.#low[position] = line.identityLow;
    this.#content[position] = line.content;
    this.#partition[position] = line.partition;
    this.#offset[position] = line.offset;
    this.#slots.insert(line.identityLow, position);
  }
}
