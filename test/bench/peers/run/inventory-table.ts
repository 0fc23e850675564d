import type { Store } from '@tillstream/store';

/** Where a contender that computes inventory itself puts absolute values: of a key's rows the greatest version counts. */
export type InventoryTable = { readonly rows: string; readonly view: string };

/** For the name of a contender, which may have hyphens. */
export function inventoryTableOf(contender: string): InventoryTable {
  const database = contender.replaceAll('-', '_');
  return { rows: `${database}.inventory_rows`, view: `${database}.inventory_current` };
}

export async function createInventoryTable(store: Store, { rows, view }: InventoryTable): Promise<void> {
  await store.command(`CREATE DATABASE ${rows.split('.')[0]}`);
  await store.command(
    `CREATE TABLE ${rows} (store_id Int32, item_id Int32, current_inventory Int64, version UInt64)
     ENGINE = ReplacingMergeTree(version) ORDER BY (store_id, item_id)`,
  );
  await store.command(`CREATE VIEW ${view} AS SELECT store_id, item_id, current_inventory FROM ${rows} FINAL`);
}
