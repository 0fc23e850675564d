import { createHash } from 'node:crypto';

import { GeneratorError } from '../errors.ts';

/**
 * How often each fault happens, as a share of the transactions. Faults add records or reorder them; a valid
 * transaction is never replaced, so the stock at the end is the same with and without them.
 */
export type FaultShares = {
  /** A copy again within the next 200 transactions. */
  readonly nearDuplicate: number;
  /** A copy of any earlier transaction, however long ago. */
  readonly farDuplicate: number;
  /** Sent 2 to 48 trading hours late, across counts. */
  readonly late: number;
  /** Sent up to 64 transactions late. */
  readonly outOfOrder: number;
  /** An additional record that breaks a rule of its own; the kinds take turns. See `malformed.ts`. */
  readonly malformed: number;
  /** A transaction with an additional broken entry among its items. */
  readonly brokenEntry: number;
  /** An additional transaction of a store that the reference data does not know. */
  readonly unknownStore: number;
  /** An additional transaction of an unknown change type. */
  readonly unknownChangeType: number;
  /** An additional record with the identity of an earlier transaction and other content. */
  readonly conflict: number;
  /** An item's quantity on two lines of its transaction. */
  readonly sameItemTwice: number;
  /** Share of store 1's transactions that are rung up on a till whose clock is three hours fast. */
  readonly fastTill: number;
};

export const NO_FAULTS: FaultShares = {
  nearDuplicate: 0,
  farDuplicate: 0,
  late: 0,
  outOfOrder: 0,
  malformed: 0,
  brokenEntry: 0,
  unknownStore: 0,
  unknownChangeType: 0,
  conflict: 0,
  sameItemTwice: 0,
  fastTill: 0,
};

/** Every kind often enough to be seen in a few thousand transactions. */
export const DEMO_FAULTS: FaultShares = {
  nearDuplicate: 0.03,
  farDuplicate: 0.02,
  late: 0.02,
  outOfOrder: 0.05,
  malformed: 0.005,
  brokenEntry: 0.001,
  unknownStore: 0.001,
  unknownChangeType: 0.001,
  conflict: 0.002,
  sameItemTwice: 0.02,
  fastTill: 0.25,
};

export type SyntheticOptions = {
  readonly seed: number;
  /** Distinct valid transactions; faults add records on top. */
  readonly transactions: number;
  /** At least 2: `online`, which is store 0, and one with a door. */
  readonly stores: number;
  /** Items of the catalogue; every store carries all of them, so there are stores × items keys. */
  readonly items: number;
  /** First simulated day, epoch milliseconds of its midnight. */
  readonly startMs: number;
  /** Simulated days that the transactions spread over. */
  readonly days: number;
  /** Days from a store's count to its next; 0 for none after the first, which is on the first day in all stores. */
  readonly countEveryDays: number;
  /** `files`: CSV for the inbox. `records`: straight to pos.inventory-snapshot. */
  readonly countsAs: 'files' | 'records';
  /** Share of the sales that `online` makes. */
  readonly onlineShare: number;
  /** Share of those that are picked up in a store: `bopis` there and, under another trans_id, in `online`. */
  readonly bopisShare: number;
  readonly faults: FaultShares;
};

const DEFAULTS: SyntheticOptions = {
  seed: 1,
  transactions: 100_000,
  stores: 12,
  items: 500,
  startMs: Date.UTC(2026, 0, 5),
  days: 30,
  countEveryDays: 5,
  countsAs: 'files',
  onlineShare: 0.2,
  bopisShare: 0.3,
  faults: DEMO_FAULTS,
};

export function completeOptions(options: Partial<SyntheticOptions>): SyntheticOptions {
  const complete = { ...DEFAULTS, ...options };
  requireInteger('seed', complete.seed, 0);
  requireInteger('transactions', complete.transactions, 0);
  requireInteger('stores', complete.stores, 2);
  requireInteger('items', complete.items, 1);
  requireInteger('days', complete.days, 1);
  requireInteger('countEveryDays', complete.countEveryDays, 0);
  requireInteger('startMs', complete.startMs, 0);
  requireShare('onlineShare', complete.onlineShare);
  requireShare('bopisShare', complete.bopisShare);
  for (const [name, share] of Object.entries(complete.faults)) requireShare(`faults.${name}`, share);
  return complete;
}

/** Independent chances of one seed: what happens in the stores stays the same whatever faults are mixed in. */
export const RANDOM_STREAMS = { trade: 1, counts: 2, faults: 3, identities: 4 } as const;

/** Raised when other steps come out of the same options. */
const FORMAT = 1;

/** Same options, same id; anything else, another id. Short, because every record carries it. */
export function syntheticId(options: SyntheticOptions): string {
  const sorted = (record: object): unknown[] => Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const identity = JSON.stringify([FORMAT, sorted({ ...options, faults: sorted(options.faults) })]);
  return `syn-${createHash('sha256').update(identity).digest('hex').slice(0, 8)}`;
}

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new GeneratorError(`${name} must be an integer of at least ${least}, not ${value}`);
  }
}

function requireShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new GeneratorError(`${name} must be a share from 0 to 1, not ${value}`);
}
