import { identityOf, type KnownChange, type LineKey } from '@tillstream/inventory';

import type { Store } from '../port.ts';

/** Strings alone as well: the index on trans_id does not see them in a list of tuples. */
const OF_TRANSACTIONS = 'trans_id IN {transIds:Array(String)}';

/** By the table's own key: some granules a line, however much there is. */
const IN_THEIR_STORE = select(
  `(store_id, item_id, trans_id) IN arrayZip({storeIds:Array(Int32)}, {itemIds:Array(Int32)}, {transIds:Array(String)}) AND ${OF_TRANSACTIONS}`,
);

/** Without the first column of the key: what can be ruled out is less. */
const IN_ANY_STORE = select(
  `(item_id, trans_id) IN arrayZip({itemIds:Array(Int32)}, {transIds:Array(String)}) AND ${OF_TRANSACTIONS}`,
);

/**
 * Reads the rows behind the dataset, and settles copies that are not merged yet itself: FINAL would read every row of the
 * store and item. The condition cache would remember sets of lines that never come again.
 */
function select(condition: string): string {
  return `SELECT trans_id AS transId, item_id AS itemId, store_id AS storeId,
  tupleElement(first, 1) AS dateTime, tupleElement(first, 2) AS quantity, tupleElement(first, 3) AS changeTypeId,
  tupleElement(first, 4) AS sourcePartition, tupleElement(first, 5) AS sourceOffset
FROM (
  SELECT trans_id, item_id, store_id,
    argMax((toUnixTimestamp64Milli(date_time), quantity, change_type_id, source_partition, source_offset), first_wins) AS first
  FROM pos.inventory_change_rows
  WHERE ${condition}
  GROUP BY store_id, item_id, trans_id
)
SETTINGS use_query_condition_cache = 0`;
}

/** Integers of 64 bits come as text. */
type Row = Omit<KnownChange, 'dateTime' | 'sourceOffset'> & {
  readonly dateTime: string;
  readonly sourceOffset: string;
};

/** What the store has of the transactions and items of these lines, the first of each identity. */
export async function findChanges(store: Pick<Store, 'query'>, lines: readonly LineKey[]): Promise<KnownChange[]> {
  return ownStoreFirst(
    lines,
    async (all) => ask(store, IN_THEIR_STORE, all),
    async (others) => ask(store, IN_ANY_STORE, others),
  );
}

type Ask = (lines: readonly LineKey[]) => Promise<KnownChange[]>;

/** Stores other than a line's own are asked only when that has nothing, which hardly happens. */
export async function ownStoreFirst(lines: readonly LineKey[], inTheirs: Ask, inAny: Ask): Promise<KnownChange[]> {
  const found = await inTheirs(lines);
  const settled = new Set(found.map(identityOf));
  const others = lines.filter((line) => !settled.has(identityOf(line)));
  return others.length === 0 ? found : [...found, ...(await inAny(others))];
}

async function ask(store: Pick<Store, 'query'>, sql: string, lines: readonly LineKey[]): Promise<KnownChange[]> {
  const found: KnownChange[] = [];
  for (const some of pieces(lines)) {
    const rows = await store.query<Row>(sql, {
      storeIds: some.map(({ storeId }) => storeId),
      itemIds: some.map(({ itemId }) => itemId),
      transIds: some.map(({ transId }) => transId),
    });
    found.push(
      ...rows.map((row) => ({ ...row, dateTime: Number(row.dateTime), sourceOffset: Number(row.sourceOffset) })),
    );
  }
  return found;
}

/** A parameter of ClickHouse has at most 128 KiB, and escapes may double what is in it. */
const MAX_PIECE_BYTES = 60_000;
/** Of a number and what is around it. */
const MAX_NUMBER_BYTES = 12;

function pieces(lines: readonly LineKey[]): readonly (readonly LineKey[])[] {
  const all: LineKey[][] = [];
  let bytes = Infinity;
  for (const line of lines) {
    const length = Math.max(Buffer.byteLength(line.transId) + 3, MAX_NUMBER_BYTES);
    if (bytes + length > MAX_PIECE_BYTES) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)!.push(line);
    bytes += length;
  }
  return all;
}
