import type { News } from '@tillstream/runtime';
import { inventorySubject } from '@tillstream/signal';

/** Where a message is full, in characters: a NATS server takes 1 MiB at most, unless it is told otherwise. */
const MAX_MESSAGE_LENGTH = 256 * 1024;

/** Rows of one store, and how many characters they have. */
type StoreNews = { readonly subject: string; rows: string[]; length: number };

/**
 * Live changes of a turn: for each store that is listened to a JSON array of the rows as the change feed has them, or
 * several where one would be too large.
 */
export class LiveNews {
  readonly #pipeline: string;
  readonly #isHeard: (subject: string) => boolean;
  readonly #stores = new Map<number, StoreNews | undefined>();
  readonly #full: News[] = [];

  constructor(pipeline: string, isHeard: (subject: string) => boolean) {
    this.#pipeline = pipeline;
    this.#isHeard = isHeard;
  }

  add(storeId: number, row: string): void {
    if (!this.#stores.has(storeId)) this.#stores.set(storeId, this.#listenedTo(storeId));
    const store = this.#stores.get(storeId);
    if (store === undefined) return;
    if (store.length + row.length > MAX_MESSAGE_LENGTH && store.rows.length > 0) {
      this.#full.push(newsOf(store));
      store.rows = [];
      store.length = 0;
    }
    store.rows.push(row);
    store.length += row.length + 1;
  }

  build(): readonly News[] {
    const last = [...this.#stores.values()].filter((store) => store !== undefined);
    return [...this.#full, ...last.map(newsOf)];
  }

  #listenedTo(storeId: number): StoreNews | undefined {
    const subject = inventorySubject(this.#pipeline, storeId);
    return this.#isHeard(subject) ? { subject, rows: [], length: 0 } : undefined;
  }
}

function newsOf({ subject, rows }: StoreNews): News {
  return { subject, payload: Buffer.from(`[${rows.join(',')}]`) };
}
