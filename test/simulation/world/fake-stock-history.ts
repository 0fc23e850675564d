import { INVENTORY_CHANGE, INVENTORY_SNAPSHOT, type ChangeRow, type StoredKey } from '@tillstream/inventory';
import type { StockHistory } from '@tillstream/gold-aggregator';
import type { StoreServer } from './fake-store.ts';
import type { Operations } from './operations.ts';
import type { StoredChange, StoredCount } from './stored-rows.ts';

export type Silver = { changes: readonly StoredChange[]; counts: readonly StoredCount[] };

/**
 * What gold asks. Changes and counts are read one after the other, whichever first: a query over two tables sees
 * each as it is at some moment, and not both at the same.
 */
export function fakeStockHistory(
  server: StoreServer,
  operations: Operations,
  countsFirst: () => boolean,
): StockHistory {
  const changeTable = server.table(INVENTORY_CHANGE);
  const countTable = server.table(INVENTORY_SNAPSHOT);

  const query = async <Result>(label: () => string, result: () => Result): Promise<Result> =>
    operations.ask({ label, kind: 'query', parts: [() => undefined], result });

  const readSilver = async (label: () => string): Promise<Silver> => {
    const silver: Silver = { changes: [], counts: [] };
    const parts = [
      (): void => void (silver.changes = changeTable.all<StoredChange>()),
      (): void => void (silver.counts = countTable.all<StoredCount>()),
    ];
    if (countsFirst()) parts.reverse();
    return operations.ask({ label, kind: 'query', parts, result: () => silver });
  };

  return {
    async *keys(partitions) {
      for (const { partition } of partitions) {
        const silver = await readSilver(() => `keys of ${partition}`);
        const inPartition = (row: StoredChange | StoredCount): boolean => row.block_partition === partition;
        const rows = [...silver.changes.filter(inPartition), ...silver.counts.filter(inPartition)];
        for (const [storeId, itemId] of distinctKeys(rows)) {
          yield { partition, key: stateOf({ storeId, itemId }, silver, undefined) };
        }
      }
    },
    lastOffsets: async () =>
      query(
        () => 'last offsets',
        () => {
          const last: number[] = [];
          for (const { source_partition: partition, source_offset: offset } of changeTable.all<StoredChange>()) {
            while (last.length <= partition) last.push(-1);
            last[partition] = Math.max(last[partition]!, offset);
          }
          return last;
        },
      ),
    async lookUp(keys, borders) {
      const asked = [...borders];
      const names = (): string => keys.map(({ storeId, itemId }) => `${storeId}|${itemId}`).join(' ');
      const silver = await readSilver(() => `look up ${names()} above ${asked.join(',')}`);
      return keys.map((key) => stateOf(key, silver, asked));
    },
  };
}

export function distinctKeys(
  rows: readonly { readonly store_id: number; readonly item_id: number }[],
): [number, number][] {
  const keys = new Map<string, [number, number]>();
  for (const row of rows) keys.set(`${row.store_id}|${row.item_id}`, [row.store_id, row.item_id]);
  return [...keys.values()];
}

/** State of one key. Without borders every change is settled. */
export function stateOf(
  { storeId, itemId }: { readonly storeId: number; readonly itemId: number },
  silver: Silver,
  borders: readonly number[] | undefined,
): StoredKey {
  const ofKey = (row: StoredChange | StoredCount): boolean => row.store_id === storeId && row.item_id === itemId;
  const latest = silver.counts.filter(ofKey).reduce<StoredCount | undefined>(later, undefined);
  const changes = silver.changes.filter(
    (row) => ofKey(row) && row.off_shelf === 0 && (latest === undefined || row.date_time >= latest.date_time),
  );
  const isRecent = (row: StoredChange): boolean =>
    borders !== undefined && row.source_offset > (borders[row.source_partition] ?? -1);
  const settled = changes.filter((row) => !isRecent(row));
  return {
    storeId,
    itemId,
    count: latest && asCount(latest),
    settledSum: settled.reduce((sum, row) => sum + row.quantity, 0),
    settledLastTime: Math.max(Number.NEGATIVE_INFINITY, ...settled.map((row) => row.date_time)),
    recent: changes.filter(isRecent).map(asChange),
  };
}

function later(one: StoredCount | undefined, other: StoredCount): StoredCount {
  if (one === undefined) return other;
  const rank = (row: StoredCount): readonly number[] => [
    row.date_time,
    row.source_partition,
    row.source_offset,
    row.source_line,
  ];
  const [first, second] = [rank(one), rank(other)];
  const differing = first.findIndex((value, index) => value !== second[index]);
  return differing >= 0 && second[differing]! > first[differing]! ? other : one;
}

function asCount(row: StoredCount): NonNullable<StoredKey['count']> {
  return {
    dateTime: row.date_time,
    quantity: row.quantity,
    sourcePartition: row.source_partition,
    sourceOffset: row.source_offset,
    sourceLine: row.source_line,
  };
}

function asChange(row: StoredChange): ChangeRow {
  const hash = BigInt(row.identity_hash);
  return {
    storeId: row.store_id,
    itemId: row.item_id,
    dateTime: row.date_time,
    quantity: row.quantity,
    sourcePartition: row.source_partition,
    sourceOffset: row.source_offset,
    identityHigh: Number(hash >> 32n),
    identityLow: Number(hash & 0xffffffffn),
  };
}
