/** What a record means by docs/contracts.md: known by who made it, so nobody has to parse it to say what is right. */
export type Meaning = RejectedMeaning | ChangeMeaning | CountMeaning;

/** The record as a whole breaks these rules. */
export type RejectedMeaning = {
  readonly kind: 'rejected';
  readonly rules: readonly string[];
  /** What it means once the reference data knows its store and its change type. */
  readonly onceKnown?: ChangeMeaning | CountMeaning;
};

export type ChangeMeaning = {
  readonly kind: 'change';
  readonly transId: string;
  readonly storeId: number;
  readonly dateTime: number;
  readonly changeTypeId: number;
  readonly rescuedData: string;
  /** Valid lines, folded by item; `entries` are the indexes of what was folded. */
  readonly lines: readonly {
    readonly itemId: number;
    readonly quantity: number;
    readonly entries: readonly number[];
  }[];
  readonly broken: BrokenEntries;
};

export type CountMeaning = {
  readonly kind: 'count';
  readonly storeId: number;
  readonly dateTime: number;
  readonly employeeId: number | null;
  readonly lines: readonly { readonly itemId: number; readonly quantity: number; readonly entry: number }[];
  readonly broken: BrokenEntries;
};

/** Entries of `items` that break rules while the others count. */
export type BrokenEntries = { readonly rules: readonly string[]; readonly entries: readonly number[] };

export const NOTHING_BROKEN: BrokenEntries = { rules: [], entries: [] };

/** A record on its way into the log. */
export type Sent = {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer;
  readonly timestamp: number;
  readonly meaning: Meaning;
};
