import type { Random } from '../random.ts';
import { CHANGE_TYPES, FIRST_ITEM_ID, FIRST_PHYSICAL_STORE_ID, ONLINE_STORE_ID } from './catalogue.ts';
import { MAX_DRAFT_ITEMS, type Draft } from './draft.ts';
import type { SyntheticOptions } from './options.ts';
import type { Stock } from './stock.ts';

const RESTOCK_SHARE = 0.06;
const RETURN_SHARE = 0.05;
const SHRINK_SHARE = 0.03;
const MAX_BASKET_ITEMS = 3;
const TRIES_FOR_AN_ITEM_IN_STOCK = 4;
/** Prime, so that each store's best sellers are other items. */
const ASSORTMENT_SHIFT = 7919;

/** Decides what happens in the stores, transaction by transaction, and keeps the stock by it. */
export class Trade {
  readonly #options: SyntheticOptions;
  readonly #stock: Stock;
  readonly #random: Random;
  /** The store where the online order just made is handed out; -1 for none. */
  #pickupStoreId = -1;

  constructor(options: SyntheticOptions, stock: Stock, random: Random) {
    this.#options = options;
    this.#stock = stock;
    this.#random = random;
  }

  /** Puts the next transaction into the draft, all but its time. */
  next(draft: Draft): void {
    if (this.#pickupStoreId >= 0) this.#handOut(draft);
    else this.#happen(draft);
    this.#stock.apply(draft);
  }

  #happen(draft: Draft): void {
    draft.count = 0;
    const kind = this.#random.fraction();
    if (kind < RESTOCK_SHARE) this.#restock(draft);
    else if (kind < RESTOCK_SHARE + RETURN_SHARE) this.#giveBack(draft);
    else if (kind < RESTOCK_SHARE + RETURN_SHARE + SHRINK_SHARE) this.#shrink(draft);
    else this.#sell(draft);
  }

  #sell(draft: Draft): void {
    const random = this.#random;
    draft.storeId = this.#anyStore();
    draft.changeTypeId = CHANGE_TYPES.sale;
    let shelfStoreId = draft.storeId;
    if (draft.storeId === ONLINE_STORE_ID && random.chance(this.#options.bopisShare)) {
      draft.changeTypeId = CHANGE_TYPES.bopis;
      this.#pickupStoreId = this.#physicalStore();
      shelfStoreId = this.#pickupStoreId;
    }
    const items = 1 + random.below(MAX_BASKET_ITEMS);
    for (let index = 0; index < items; index++) this.#addItem(draft, shelfStoreId, -this.#unitsSold());
  }

  /** The order is known: the same draft again, booked where the goods are, under a trans_id of that store. */
  #handOut(draft: Draft): void {
    draft.storeId = this.#pickupStoreId;
    this.#pickupStoreId = -1;
  }

  #giveBack(draft: Draft): void {
    draft.storeId = this.#anyStore();
    draft.changeTypeId = CHANGE_TYPES.return;
    this.#addItem(draft, draft.storeId, 1 + this.#random.below(2));
  }

  #shrink(draft: Draft): void {
    draft.storeId = this.#anyStore();
    draft.changeTypeId = CHANGE_TYPES.shrink;
    this.#addItem(draft, draft.storeId, -1 - this.#random.below(2));
  }

  /** What has run low is filled up; a little of something else comes in when nothing has. */
  #restock(draft: Draft): void {
    draft.storeId = this.#anyStore();
    draft.changeTypeId = CHANGE_TYPES.restock;
    while (draft.count < MAX_DRAFT_ITEMS) {
      const itemId = this.#stock.takeRunningOut(draft.storeId);
      if (itemId === undefined) break;
      draft.add(itemId, 40 + this.#random.below(80));
    }
    if (draft.count === 0) this.#addItem(draft, draft.storeId, 5 + this.#random.below(10));
  }

  #unitsSold(): number {
    const share = this.#random.fraction();
    if (share < 0.7) return 1;
    return share < 0.9 ? 2 : 3 + Math.floor((share - 0.9) * 40);
  }

  #anyStore(): number {
    return this.#random.chance(this.#options.onlineShare) ? ONLINE_STORE_ID : this.#physicalStore();
  }

  /** Squared: of ten stores the first makes a third of the sales. */
  #physicalStore(): number {
    const fraction = this.#random.fraction();
    return FIRST_PHYSICAL_STORE_ID + Math.floor(fraction * fraction * (this.#options.stores - 1));
  }

  /** An item that the draft has not; one in stock, if a few tries find one. A basket of everything stays as it is. */
  #addItem(draft: Draft, shelfStoreId: number, quantity: number): void {
    const { items } = this.#options;
    if (draft.count === items) return;
    let itemId = this.#anyItem(shelfStoreId);
    for (let tries = 1; tries < TRIES_FOR_AN_ITEM_IN_STOCK; tries++) {
      if (quantity > 0 || this.#stock.has(shelfStoreId, itemId)) break;
      itemId = this.#anyItem(shelfStoreId);
    }
    while (draft.has(itemId)) itemId = itemId + 1 - FIRST_ITEM_ID < items ? itemId + 1 : FIRST_ITEM_ID;
    draft.add(itemId, quantity);
  }

  /** Cubed: the first hundredth of a store's ranking makes a fifth of its lines. */
  #anyItem(storeId: number): number {
    const { items } = this.#options;
    const fraction = this.#random.fraction();
    const rank = Math.floor(fraction * fraction * fraction * items);
    return FIRST_ITEM_ID + ((rank + storeId * ASSORTMENT_SHIFT) % items);
  }
}
