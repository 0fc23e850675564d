/**
 * What the records of a synthetic source amount to by docs/contracts.md, counted while they are made: what an exact
 * pipeline must report once it has read them all. Only pos.inventory-change has faults, so the quarantine figures are
 * about that topic.
 */
export type GroundTruth = {
  /** Records on pos.inventory-change, good and bad. */
  records: number;
  /** Distinct transactions of which lines count. */
  transactions: number;
  /** Lines that count: distinct (trans_id, item_id), repeats within a record added up. */
  lines: number;
  /** Records sent again unchanged, soon after and long after. */
  nearDuplicates: number;
  farDuplicates: number;
  /**
   * Lines that are counted as duplicates and dropped: each item of a record sent again, and the items of a
   * conflicting record that it does not change.
   */
  duplicateLines: number;
  /** Records with a line that breaks `conflicting_duplicate`, and those lines. */
  conflictingRecords: number;
  conflictingLines: number;
  /** Rows in `quarantine`: one a record, whatever it breaks. */
  quarantinedRecords: number;
  /** Of those, how many name the rule. A record may name several. */
  quarantinedByRule: Record<string, number>;
  /** Transactions with the fault; `fastTill` is the number rung up on the fast till. */
  late: number;
  outOfOrder: number;
  sameItemTwice: number;
  fastTill: number;
  /** Counts: one sheet is one store at one time, one row is one item. */
  countSheets: number;
  countRows: number;
};

export function emptyTruth(): GroundTruth {
  return {
    records: 0,
    transactions: 0,
    lines: 0,
    nearDuplicates: 0,
    farDuplicates: 0,
    duplicateLines: 0,
    conflictingRecords: 0,
    conflictingLines: 0,
    quarantinedRecords: 0,
    quarantinedByRule: {},
    late: 0,
    outOfOrder: 0,
    sameItemTwice: 0,
    fastTill: 0,
    countSheets: 0,
    countRows: 0,
  };
}
