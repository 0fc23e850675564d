/** Stores from the first to the last, both included. */
export type StoreRange = { readonly firstStore: number; readonly lastStore: number };

const LEAST = -(2 ** 31);
const GREATEST = 2 ** 31 - 1;

/**
 * Every store id there can be, cut where `most` rows have come together. The tables are sorted by store, so a range
 * reads only its own part of them. `rowsByStore` ascends by store.
 */
export function storeRanges(
  rowsByStore: readonly { readonly storeId: number; readonly rows: number }[],
  most: number,
): readonly StoreRange[] {
  const starts: number[] = [LEAST];
  let gathered = 0;
  for (const { storeId, rows } of rowsByStore) {
    if (gathered > 0 && gathered + rows > most) {
      starts.push(storeId);
      gathered = 0;
    }
    gathered += rows;
  }
  return starts.map((firstStore, index) => ({ firstStore, lastStore: (starts[index + 1] ?? GREATEST + 1) - 1 }));
}
