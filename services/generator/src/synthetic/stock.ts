import type { Random } from '../random.ts';
import { CHANGE_TYPES, FIRST_ITEM_ID, ONLINE_STORE_ID } from './catalogue.ts';
import type { Draft } from './draft.ts';
import type { SyntheticOptions } from './options.ts';

const REORDER_LEVEL = 10;
const MISCOUNT_SHARE = 0.02;

/**
 * What is on the shelves, and what the books say: nine bytes a (store, item). The two differ by what the last count
 * got wrong. A key's index is store × items + item.
 */
export class Stock {
  readonly #items: number;
  readonly #onShelf: Int32Array;
  /** The latest count plus the changes since: the right answer of the pipeline. */
  readonly #booked: Int32Array;
  readonly #isRunningOut: Uint8Array;
  /** Items of a store that have run low and were not restocked yet. */
  readonly #runningOut: number[][];

  constructor({ stores, items }: SyntheticOptions, random: Random) {
    this.#items = items;
    this.#onShelf = new Int32Array(stores * items);
    this.#booked = new Int32Array(stores * items);
    this.#isRunningOut = new Uint8Array(stores * items);
    this.#runningOut = Array.from({ length: stores }, () => []);
    for (let key = 0; key < this.#onShelf.length; key++) this.#onShelf[key] = 2 * REORDER_LEVEL + random.below(100);
  }

  has(storeId: number, itemId: number): boolean {
    return this.#onShelf[this.#key(storeId, itemId)]! > 0;
  }

  booked(storeId: number, itemId: number): number {
    return this.#booked[this.#key(storeId, itemId)]!;
  }

  /** An item that has run low in the store; undefined when none has. */
  takeRunningOut(storeId: number): number | undefined {
    const itemId = this.#runningOut[storeId]!.pop();
    if (itemId !== undefined) this.#isRunningOut[this.#key(storeId, itemId)] = 0;
    return itemId;
  }

  apply(draft: Draft): void {
    // The pick-up store hands the goods out and books them.
    if (draft.storeId === ONLINE_STORE_ID && draft.changeTypeId === CHANGE_TYPES.bopis) return;
    for (let index = 0; index < draft.count; index++) {
      const itemId = draft.itemIds[index]!;
      const key = this.#key(draft.storeId, itemId);
      const left = this.#onShelf[key]! + draft.quantities[index]!;
      this.#onShelf[key] = left;
      this.#booked[key] = this.#booked[key]! + draft.quantities[index]!;
      if (left < REORDER_LEVEL && this.#isRunningOut[key] === 0) {
        this.#isRunningOut[key] = 1;
        this.#runningOut[draft.storeId]!.push(itemId);
      }
    }
  }

  /** Counts an item, now and then one or two off. The books follow the count. */
  count(storeId: number, itemId: number, random: Random): number {
    const key = this.#key(storeId, itemId);
    // More sold than there was: the shelf is empty, whatever the arithmetic says.
    const onShelf = Math.max(0, this.#onShelf[key]!);
    this.#onShelf[key] = onShelf;
    const miscount = random.chance(MISCOUNT_SHARE) ? random.below(5) - 2 : 0;
    const counted = Math.max(0, onShelf + miscount);
    this.#booked[key] = counted;
    return counted;
  }

  #key(storeId: number, itemId: number): number {
    return storeId * this.#items + (itemId - FIRST_ITEM_ID);
  }
}
