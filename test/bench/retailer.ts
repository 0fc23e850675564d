import { NO_FAULTS, type SyntheticOptions } from '@tillstream/generator';

/** The retailer of the benchmarks: twelve stores, or two hundred where there are many keys; 5 % of its records come twice. */
export function benchRetailer({
  transactions,
  keys,
  recentCopies,
}: {
  readonly transactions: number;
  readonly keys: number;
  /** Whether all copies come soon after the first, or a fifth of them at any time. */
  readonly recentCopies: boolean;
}): Partial<SyntheticOptions> {
  const stores = keys >= 100_000 ? 200 : 12;
  return {
    seed: 1,
    transactions,
    stores,
    items: Math.max(1, Math.round(keys / stores)),
    countsAs: 'records',
    countEveryDays: 0,
    bopisShare: 0.3,
    faults: { ...NO_FAULTS, ...(recentCopies ? { nearDuplicate: 0.05 } : { nearDuplicate: 0.04, farDuplicate: 0.01 }) },
  };
}
