import type { Reference } from '@tillstream/inventory';
import { findChanges, IDENTITY_HASH_ROW_BYTES, readIdentityHashes, type Store } from '@tillstream/store';
import type { IdentityColumns, SilverHistory } from './history.ts';

/** Silver's history as the tables of the store tell it. */
export function storeHistory(store: Store): SilverHistory {
  return {
    findChanges: async (lines) => findChanges(store, lines),
    identities: async function* (partitions) {
      const fromStart = new Map(partitions.map(({ partition }) => [partition, 0]));
      for await (const rows of readIdentityHashes(store, fromStart)) yield toColumns(rows);
    },
    reference: async () => readReference(store),
  };
}

function toColumns(rows: Buffer): IdentityColumns {
  const count = rows.length / IDENTITY_HASH_ROW_BYTES;
  const [high, low] = [new Uint32Array(count), new Uint32Array(count)];
  for (let row = 0; row < count; row++) {
    low[row] = rows.readUInt32LE(row * IDENTITY_HASH_ROW_BYTES);
    high[row] = rows.readUInt32LE(row * IDENTITY_HASH_ROW_BYTES + 4);
  }
  return { high, low };
}

async function readReference(store: Store): Promise<Reference> {
  const [stores, changeTypes, items] = await Promise.all([
    store.query<{ store_id: number; name: string }>('SELECT store_id, name FROM pos.store'),
    store.query<{ change_type_id: number; change_type: string }>(
      'SELECT change_type_id, change_type FROM pos.inventory_change_type',
    ),
    store.query<{ item_id: number }>('SELECT item_id FROM pos.item'),
  ]);
  return {
    storeNames: new Map(stores.map((row) => [row.store_id, row.name])),
    changeTypes: new Map(changeTypes.map((row) => [row.change_type_id, row.change_type])),
    itemIds: new Set(items.map((row) => row.item_id)),
  };
}
