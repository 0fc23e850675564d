import type { StoreAndItem } from '@tillstream/inventory';
import { randomBytes } from 'node:crypto';

import type { Store } from '../port.ts';
import {
  compareSql,
  computedName,
  computeSql,
  COUNT_OF_LOWER_ERAS,
  createComputed,
  deleteLowerErasSql,
  differingKeysSql,
  dropComputed,
  examplesSql,
  insertSql,
  LEFT_BEHIND,
  WORK_BY_STORE,
  type ComputedTable,
} from './refresh.sql.ts';
import { storeRanges, type StoreRange } from './store-ranges.ts';

type RefreshStore = Pick<Store, 'query' | 'command' | 'streamRowBinary'>;

export type GoldToCompute = {
  /** Above all that any row of gold had before; the workers have it already. */
  readonly era: number;
  /**
   * Ends of the silver topic by partition, looked at after the last worker of a lower era had ended. Blocks below are
   * in the computed rows, the others are applied by workers of this era.
   */
  readonly blockEnds: readonly number[];
  /** Tables are replicated over the servers of this cluster. */
  readonly cluster?: string | undefined;
};

/** A table of computed gold beside the live one. */
export type ComputedGold = ComputedTable & { readonly era: number };

/** Keys of gold by how they compare with what was computed. */
export type GoldComparison = {
  readonly equalRows: number;
  readonly changedRows: number;
  /** Computed, and not in gold. */
  readonly missingRows: number;
  /** In gold, and silver does not have them. */
  readonly removedRows: number;
  /** Written by workers after the ends that the computation stands for: they are right by themselves. */
  readonly newerRows: number;
  /** The first that are not equal, one line each. */
  readonly examples: readonly string[];
};

/** Two Int32. */
const KEY_BYTES = 8;

const MOST_ROWS_OF_A_STATEMENT = 20_000_000;

/** Computes gold from silver into a table of its own. What earlier attempts left behind goes first. */
export async function computeGold(
  store: RefreshStore,
  { era, blockEnds, cluster }: GoldToCompute,
): Promise<ComputedGold> {
  await dropComputedGold(store, cluster);
  // A name of its own: somebody who was thought dead may drop this table, but never fill it again in part.
  const table = { name: computedName(era, randomBytes(4).toString('hex')), cluster, era };
  await store.command(createComputed(table));
  for (const range of await rangesOf(store)) {
    await store.command(computeSql(table), { ...range, era, blockEnds });
  }
  return table;
}

/** Reads only. The workers should have passed the ends of the computation, or what waits is taken for a difference. */
export async function compareGold(
  store: RefreshStore,
  table: ComputedGold,
  mostExamples: number,
): Promise<GoldComparison> {
  const { era } = table;
  const sum = { equalRows: 0, changedRows: 0, missingRows: 0, removedRows: 0, newerRows: 0 };
  const examples: string[] = [];
  for (const range of await rangesOf(store)) {
    const [counts] = await store.query<Record<keyof typeof sum, string>>(compareSql(table), { ...range, era });
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += Number(counts![name]);
    const limit = mostExamples - examples.length;
    if (limit === 0 || examples.length === sum.changedRows + sum.missingRows + sum.removedRows) continue;
    const found = await store.query<{ example: string }>(examplesSql(table), { ...range, era, limit });
    examples.push(...found.map(({ example }) => example));
  }
  return { ...sum, examples };
}

/** Keys whose row is not as computed, or lacks: some ten thousand at a time. */
export async function* differingKeys(
  store: RefreshStore,
  table: ComputedGold,
): AsyncGenerator<readonly StoreAndItem[]> {
  for (const range of await rangesOf(store)) {
    const rows = store.streamRowBinary(differingKeysSql(table), { ...range, era: table.era });
    for await (const bytes of rows) {
      yield Array.from({ length: bytes.length / KEY_BYTES }, (_, row) => ({
        storeId: bytes.readInt32LE(row * KEY_BYTES),
        itemId: bytes.readInt32LE(row * KEY_BYTES + 4),
      }));
    }
  }
}

/**
 * Makes gold what was computed, where nothing newer is there; rows of lower eras go, and with them keys that silver does not
 * have. May be repeated until it has succeeded. Rows are inserted, not tables exchanged: what workers write meanwhile
 * would go with the old table.
 */
export async function replaceGold(store: RefreshStore, table: ComputedGold): Promise<void> {
  for (const range of await rangesOf(store)) await store.command(insertSql(table), range);
  const [lower] = await store.query<{ rows: string }>(COUNT_OF_LOWER_ERAS, { era: table.era });
  if (Number(lower!.rows) > 0) await store.command(deleteLowerErasSql(table.era));
}

/** Whatever computed gold there is. */
export async function dropComputedGold(store: RefreshStore, cluster: string | undefined): Promise<void> {
  const found = await store.query<{ name: string }>(LEFT_BEHIND);
  for (const { name } of found) await store.command(dropComputed({ name: name.replace(/_rows$/, ''), cluster }));
}

async function rangesOf(store: RefreshStore): Promise<readonly StoreRange[]> {
  const rows = await store.query<{ store_id: number; rows: string }>(WORK_BY_STORE);
  const byStore = rows.map(({ store_id: storeId, rows: count }) => ({ storeId, rows: Number(count) }));
  return storeRanges(byStore, MOST_ROWS_OF_A_STATEMENT);
}
