import { BOPIS_CHANGE_TYPE_ID, ONLINE_STORE_ID } from '../input/input.ts';

type Change = { readonly dateTime: number; readonly quantity: number };

/** A (store, item): its latest count, all its changes, and the sum of those since the count. */
export type Key = {
  readonly storeId: number;
  readonly itemId: number;
  count: { readonly quantity: number; readonly dateTime: number; readonly position: readonly number[] } | undefined;
  readonly changes: Change[];
  sum: number;
};

export type ChangeMessage = {
  trans_id: string;
  store_id: number;
  date_time: string;
  change_type_id: number;
  items: { item_id: number; quantity: number }[];
};

export type CountMessage = { store_id: number; date_time: string; items: { item_id: number; quantity: number }[] };

/** What a team writes first: everything in maps. No validation: the input of the benchmark is valid. */
export class Inventory {
  readonly #keys = new Map<string, Key>();
  readonly #seen = new Set<string>();
  readonly #touched = new Set<Key>();

  change(message: ChangeMessage): void {
    const folded = new Map<number, number>();
    for (const { item_id: itemId, quantity } of message.items) {
      folded.set(itemId, (folded.get(itemId) ?? 0) + quantity);
    }
    const dateTime = Date.parse(message.date_time);
    const isPickUp = message.store_id === ONLINE_STORE_ID && message.change_type_id === BOPIS_CHANGE_TYPE_ID;
    for (const [itemId, quantity] of folded) {
      const identity = `${message.trans_id}|${itemId}`;
      if (this.#seen.has(identity)) continue;
      this.#seen.add(identity);
      if (isPickUp) continue;
      const key = this.#key(message.store_id, itemId);
      key.changes.push({ dateTime, quantity });
      if (key.count !== undefined && dateTime >= key.count.dateTime) key.sum += quantity;
      this.#touched.add(key);
    }
  }

  /** `partition` and `offset` decide between counts of one time. */
  count(message: CountMessage, partition: number, offset: number): void {
    const dateTime = Date.parse(`${message.date_time.replace(' ', 'T').replace('Z', '')}Z`);
    message.items.forEach(({ item_id: itemId, quantity }, index) => {
      const key = this.#key(message.store_id, itemId);
      const position = [dateTime, partition, offset, index];
      if (key.count !== undefined && !isLater(position, key.count.position)) return;
      key.count = { quantity, dateTime, position };
      key.sum = key.changes.reduce((sum, change) => (change.dateTime >= dateTime ? sum + change.quantity : sum), 0);
      this.#touched.add(key);
    });
  }

  /** Keys with a count that have changed since the last call. */
  takeTouched(): Key[] {
    const touched = [...this.#touched].filter(({ count }) => count !== undefined);
    this.#touched.clear();
    return touched;
  }

  #key(storeId: number, itemId: number): Key {
    const name = `${storeId}|${itemId}`;
    let key = this.#keys.get(name);
    if (key === undefined) this.#keys.set(name, (key = { storeId, itemId, count: undefined, changes: [], sum: 0 }));
    return key;
  }
}

function isLater(one: readonly number[], other: readonly number[]): boolean {
  const index = one.findIndex((value, at) => value !== other[at]);
  return index >= 0 && one[index]! > other[index]!;
}
