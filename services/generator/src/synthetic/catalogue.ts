/** Stores, items and kinds of change of the simulated retailer. */

export const CHANGE_TYPES = { sale: 1, shrink: 2, restock: 3, bopis: 4, return: 5, snapshot: -1 } as const;

export const UNKNOWN_CHANGE_TYPE_ID = 6;

export const ONLINE_STORE_ID = 0;

/** The busiest store with a door, and the one with the fast till. */
export const FIRST_PHYSICAL_STORE_ID = 1;

export const FIRST_ITEM_ID = 100_001;

export function storeName(storeId: number): string {
  return storeId === ONLINE_STORE_ID ? 'online' : `store_${String(storeId).padStart(3, '0')}`;
}
