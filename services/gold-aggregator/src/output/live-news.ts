import type { News } from '@tillstream/runtime';

/** Live changes of a turn, one message a store: a JSON array of the rows as the change feed has them. */
export class LiveNews {
  readonly #pipeline: string;
  readonly #isHeard: (subject: string) => boolean;
  readonly #rows = new Map<number, string[] | undefined>();

  constructor(pipeline: string, isHeard: (subject: string) => boolean) {
    this.#pipeline = pipeline;
    this.#isHeard = isHeard;
  }

  add(storeId: number, row: string): void {
    if (!this.#rows.has(storeId)) this.#rows.set(storeId, this.#isHeard(this.#subject(storeId)) ? [] : undefined);
    this.#rows.get(storeId)?.push(row);
  }

  build(): readonly News[] {
    return [...this.#rows].flatMap(([storeId, rows]) =>
      rows === undefined ? [] : [{ subject: this.#subject(storeId), payload: Buffer.from(`[${rows.join(',')}]`) }],
    );
  }

  #subject(storeId: number): string {
    return `tillstream.${this.#pipeline}.inventory.${storeId}`;
  }
}
