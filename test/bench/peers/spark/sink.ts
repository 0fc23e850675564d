import type { Store } from '@tillstream/store';

const DATABASE = 'spark';
const ROWS = `${DATABASE}.inventory_rows`;

export const INVENTORY = `${DATABASE}.inventory_current`;

/** Of each key the row that was written last is the inventory. */
export async function createSink(store: Store): Promise<void> {
  await store.command(`CREATE DATABASE ${DATABASE}`);
  await store.command(
    `CREATE TABLE ${ROWS} (store_id Int32, item_id Int32, current_inventory Int64, version UInt64)
     ENGINE = ReplacingMergeTree(version) ORDER BY (store_id, item_id)`,
  );
  await store.command(`CREATE VIEW ${INVENTORY} AS SELECT store_id, item_id, current_inventory FROM ${ROWS} FINAL`);
}

/** Takes rows in the order of the table's columns. */
export function insertUrlOf(clickHouseUrl: string): string {
  const url = new URL(clickHouseUrl);
  url.searchParams.set('query', `INSERT INTO ${ROWS} FORMAT RowBinary`);
  return url.href;
}
