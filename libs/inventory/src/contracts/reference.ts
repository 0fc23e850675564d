/** What the rules need to know of the reference data. Immutable: a reload makes a new one. */
export type Reference = {
  readonly storeNames: ReadonlyMap<number, string>;
  readonly changeTypes: ReadonlyMap<number, string>;
  readonly itemIds: ReadonlySet<number>;
};

export const EMPTY_REFERENCE: Reference = { storeNames: new Map(), changeTypes: new Map(), itemIds: new Set() };

const ONLINE_STORE = 'online';
const PICK_UP = 'bopis';

/**
 * Tells whether a change leaves the stock of its own store alone: a pick-up order booked in the online store is
 * booked by the pick-up store too, whose shelf it leaves.
 */
export class PickUpRule {
  readonly onlineStores: ReadonlySet<number>;
  readonly pickUpTypes: ReadonlySet<number>;

  constructor(reference: Reference) {
    this.onlineStores = idsNamed(reference.storeNames, ONLINE_STORE);
    this.pickUpTypes = idsNamed(reference.changeTypes, PICK_UP);
  }

  excludes(storeId: number, changeTypeId: number): boolean {
    return this.pickUpTypes.has(changeTypeId) && this.onlineStores.has(storeId);
  }
}

function idsNamed(names: ReadonlyMap<number, string>, wanted: string): ReadonlySet<number> {
  return new Set([...names].filter(([, name]) => name === wanted).map(([id]) => id));
}
