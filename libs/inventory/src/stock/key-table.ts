import { grown } from '../columns/grown.ts';
import { mix } from '../hashing/mix.ts';

const EMPTY = -1;
const INITIAL_KEYS = 256;

/** `droppedMaxDateTime` and `lastChangeTime` of a key that has none. */
export const NEVER = Number.NEGATIVE_INFINITY;

/**
 * State of every (store, item) of a partition in typed arrays, by a dense key number: about 90 bytes a key with its
 * hash slot, nothing on the heap. Doubles when it is full, which is rare and off the steady path.
 */
export class KeyTable {
  size = 0;
  storeId = new Int32Array(INITIAL_KEYS);
  itemId = new Int32Array(INITIAL_KEYS);
  /** The latest count; its time is NaN while there is none. */
  countTime = new Float64Array(INITIAL_KEYS);
  countPartition = new Uint16Array(INITIAL_KEYS);
  countOffset = new Float64Array(INITIAL_KEYS);
  countLine = new Uint32Array(INITIAL_KEYS);
  countQuantity = new Int32Array(INITIAL_KEYS);
  /** Sum of the changes since that count, or of all changes while there is none. */
  changeSum = new Float64Array(INITIAL_KEYS);
  /** Greatest time of the changes in the sum. */
  lastChangeTime = new Float64Array(INITIAL_KEYS);
  /** Greatest time of changes in the sum that the recent changes no longer hold one by one. */
  droppedMaxDateTime = new Float64Array(INITIAL_KEYS);
  /** Sequence number of the key's newest recent change, or -1. */
  newestChange = new Float64Array(INITIAL_KEYS);
  /** Offset of the last block that touched the key. */
  touchedBlock = new Float64Array(INITIAL_KEYS);
  /** Number of the batch that touched the key last. */
  touchedBatch = new Float64Array(INITIAL_KEYS);
  #slots = new Int32Array(INITIAL_KEYS * 2).fill(EMPTY);

  get byteLength(): number {
    return this.storeId.length * (4 + 4 + 8 + 2 + 8 + 4 + 4 + 6 * 8) + this.#slots.byteLength;
  }

  /** Number of the key, created without count and changes when it is new. */
  keyOf(storeId: number, itemId: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = slotOf(storeId, itemId) & mask; ; slot = (slot + 1) & mask) {
      const key = this.#slots[slot]!;
      if (key === EMPTY) return this.#create(storeId, itemId, slot);
      if (this.itemId[key] === itemId && this.storeId[key] === storeId) return key;
    }
  }

  #create(storeId: number, itemId: number, slot: number): number {
    const key = this.size;
    if (key === this.storeId.length) {
      this.#grow();
      return this.keyOf(storeId, itemId);
    }
    this.size = key + 1;
    this.#slots[slot] = key;
    this.storeId[key] = storeId;
    this.itemId[key] = itemId;
    this.countTime[key] = Number.NaN;
    this.lastChangeTime[key] = NEVER;
    this.droppedMaxDateTime[key] = NEVER;
    this.newestChange[key] = -1;
    this.touchedBlock[key] = -1;
    this.touchedBatch[key] = -1;
    return key;
  }

  #grow(): void {
    const capacity = this.storeId.length * 2;
    this.storeId = grown(this.storeId, capacity);
    this.itemId = grown(this.itemId, capacity);
    this.countTime = grown(this.countTime, capacity);
    this.countPartition = grown(this.countPartition, capacity);
    this.countOffset = grown(this.countOffset, capacity);
    this.countLine = grown(this.countLine, capacity);
    this.countQuantity = grown(this.countQuantity, capacity);
    this.changeSum = grown(this.changeSum, capacity);
    this.lastChangeTime = grown(this.lastChangeTime, capacity);
    this.droppedMaxDateTime = grown(this.droppedMaxDateTime, capacity);
    this.newestChange = grown(this.newestChange, capacity);
    this.touchedBlock = grown(this.touchedBlock, capacity);
    this.touchedBatch = grown(this.touchedBatch, capacity);
    this.#slots = new Int32Array(capacity * 2).fill(EMPTY);
    const mask = this.#slots.length - 1;
    for (let key = 0; key < this.size; key++) {
      let slot = slotOf(this.storeId[key]!, this.itemId[key]!) & mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#slots[slot] = key;
    }
  }
}

function slotOf(storeId: number, itemId: number): number {
  // Other constants than those of `blockPartition`: all keys of a partition share that hash's remainder.
  return mix(Math.imul(itemId, 0x85ebca77) ^ Math.imul(storeId, 0x27d4eb2f) ^ 0x165667b1);
}
