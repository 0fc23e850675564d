/** Something to be done by a store. */
export type Work<Result> = {
  /** For errors: what is done, and on what. */
  readonly doing: string;
  /** `text` is what people wrote: they wait for an answer, and see errors themselves. */
  readonly kind: 'insert' | 'query' | 'text';
  readonly attempt: () => Promise<Result>;
};

/** How often something is tried. Everything may be: rows have identities, statements can be repeated. */
export interface Attempts {
  run<Result>(work: Work<Result>): Promise<Result>;
  /** Nothing is repeated any more. */
  end(): void;
}

/** For an engine in the process, which is not away. */
export const ONCE: Attempts = {
  run: ({ attempt }) => attempt(),
  end: () => undefined,
};
