import type { KnownChange } from '@tillstream/inventory';

import type { Store } from '../port.ts';

/**
 * Reads the rows behind the dataset, found by the index on trans_id, and settles copies that are not merged yet itself:
 * FINAL would read every row of the store and item. The condition cache would remember sets of ids that never come again.
 */
const SQL = `SELECT trans_id AS transId, item_id AS itemId, store_id AS storeId,
  tupleElement(first, 1) AS dateTime, tupleElement(first, 2) AS quantity, tupleElement(first, 3) AS changeTypeId,
  tupleElement(first, 4) AS sourcePartition, tupleElement(first, 5) AS sourceOffset
FROM (
  SELECT trans_id, item_id, store_id,
    argMax((toUnixTimestamp64Milli(date_time), quantity, change_type_id, source_partition, source_offset), first_wins) AS first
  FROM pos.inventory_change_rows
  WHERE trans_id IN {transIds:Array(String)}
  GROUP BY store_id, item_id, trans_id
)
SETTINGS use_query_condition_cache = 0`;

/** Integers of 64 bits come as text. */
type Row = Omit<KnownChange, 'dateTime' | 'sourceOffset'> & {
  readonly dateTime: string;
  readonly sourceOffset: string;
};

/** Every line of these transactions that the store has, the first of each identity. */
export async function findChanges(store: Pick<Store, 'query'>, transIds: readonly string[]): Promise<KnownChange[]> {
  const found: KnownChange[] = [];
  for (const some of pieces(transIds)) {
    const rows = await store.query<Row>(SQL, { transIds: some });
    found.push(
      ...rows.map((row) => ({ ...row, dateTime: Number(row.dateTime), sourceOffset: Number(row.sourceOffset) })),
    );
  }
  return found;
}

/** A parameter of ClickHouse has at most 128 KiB, and escapes may double what is in it. */
const MAX_PIECE_BYTES = 60_000;

function pieces(transIds: readonly string[]): readonly (readonly string[])[] {
  const all: string[][] = [];
  let bytes = Infinity;
  for (const transId of transIds) {
    const length = Buffer.byteLength(transId) + 3;
    if (bytes + length > MAX_PIECE_BYTES) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)!.push(transId);
    bytes += length;
  }
  return all;
}
