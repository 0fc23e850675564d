import { NO_FAULTS, type SyntheticOptions } from '@tillstream/generator';

/** Of every store. */
export const INPUT_ITEMS = 500;

/** Twelve stores, one of them online, that count every five days of thirty; 6,000 keys. */
export function inputOf(transactions: number): Partial<SyntheticOptions> {
  return {
    seed: 1,
    transactions,
    stores: 12,
    items: INPUT_ITEMS,
    countsAs: 'records',
    countEveryDays: 5,
    bopisShare: 0.3,
    // An item's quantity on two lines of a record shows whether they are added up.
    faults: { ...NO_FAULTS, nearDuplicate: 0.04, farDuplicate: 0.01, late: 0.02, sameItemTwice: 0.02 },
  };
}

/** Of each topic. */
export const PARTITIONS = 4;

/** The synthetic retailer's ids of the store named `online` and of the change type named `bopis`. */
export const ONLINE_STORE_ID = 0;
export const BOPIS_CHANGE_TYPE_ID = 4;
