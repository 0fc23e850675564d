/** A record for the log. A null or empty value is a message without content; only such a message has no key. */
export type RecordStep = {
  readonly kind: 'record';
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** When the sender sends it, by the clock of the simulation: epoch milliseconds, never before the step before it. */
  readonly simulatedTime: number;
};

/** A count file for the inbox. */
export type CountFileStep = {
  readonly kind: 'countFile';
  /** Below the inbox folder. */
  readonly path: string;
  readonly content: Buffer;
  readonly simulatedTime: number;
};

export type Step = RecordStep | CountFileStep;

/**
 * What the generator delivers. Deterministic: `steps()` gives the same steps in the same order every time, in every
 * process, for one `id`. That is what lets a restart go on exactly where the log ends.
 */
export interface Source {
  /** Travels in a header of every record; other options or other files have another id. */
  readonly id: string;
  /** Topics that its records go to. */
  readonly topics: readonly string[];
  steps(): Iterable<Step>;
}
