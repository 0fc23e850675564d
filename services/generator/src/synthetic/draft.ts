/** The most items that a synthetic transaction has. */
export const MAX_DRAFT_ITEMS = 8;

/** A transaction before it is written; one object is used for all of them. */
export class Draft {
  storeId = 0;
  dateTimeMs = 0;
  changeTypeId = 0;
  /** Number of items: the first so many of the arrays, each item once. */
  count = 0;
  readonly itemIds = new Int32Array(MAX_DRAFT_ITEMS);
  readonly quantities = new Int32Array(MAX_DRAFT_ITEMS);

  copyFrom(other: Draft): void {
    this.storeId = other.storeId;
    this.dateTimeMs = other.dateTimeMs;
    this.changeTypeId = other.changeTypeId;
    this.count = other.count;
    this.itemIds.set(other.itemIds);
    this.quantities.set(other.quantities);
  }

  has(itemId: number): boolean {
    for (let index = 0; index < this.count; index++) if (this.itemIds[index] === itemId) return true;
    return false;
  }

  add(itemId: number, quantity: number): void {
    this.itemIds[this.count] = itemId;
    this.quantities[this.count] = quantity;
    this.count++;
  }
}
