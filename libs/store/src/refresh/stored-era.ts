import type { Store } from '../port.ts';

const SQL = 'SELECT bitShiftRight(max(version), 48) AS era FROM pos.inventory_current_rows';

/** The highest era that a row of gold has; 0 when there is none. */
export async function storedEra(store: Pick<Store, 'query'>): Promise<number> {
  const [row] = await store.query<{ era: string }>(SQL);
  return Number(row?.era ?? 0);
}
