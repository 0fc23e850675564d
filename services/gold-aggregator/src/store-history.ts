import { RowBinaryReader, type StoredKey } from '@tillstream/inventory';
import type { Store } from '@tillstream/store';
import type { StockHistory } from './history.ts';
import { ALL_KEYS, LAST_OFFSETS, SOME_KEYS } from './store-history.sql.ts';

/** Keys asked for in one query: their numbers travel as query parameters, of which ClickHouse takes 128 KiB each. */
const MAX_KEYS_PER_QUERY = 10_000;

/** Gold's history as the silver tables tell it. */
export function storeHistory(store: Store): StockHistory {
  return {
    async *keys(partitions) {
      const parameters = { partitions: partitions.map(({ partition }) => partition) };
      const reader = new RowBinaryReader(await store.queryRowBinary(ALL_KEYS, parameters));
      while (!reader.atEnd) yield { partition: reader.uint16(), key: readKey(reader) };
    },

    async lastOffsets() {
      const rows = await store.query<{ source_partition: number; last: string }>(LAST_OFFSETS);
      const offsets: number[] = [];
      for (const { source_partition: partition, last } of rows) {
        while (offsets.length <= partition) offsets.push(-1);
        offsets[partition] = Number(last);
      }
      return offsets;
    },

    async lookUp(keys, borders) {
      const found: StoredKey[] = [];
      for (let start = 0; start < keys.length; start += MAX_KEYS_PER_QUERY) {
        const some = keys.slice(start, start + MAX_KEYS_PER_QUERY);
        const parameters = {
          stores: some.map(({ storeId }) => storeId),
          items: some.map(({ itemId }) => itemId),
          borders,
        };
        const reader = new RowBinaryReader(await store.queryRowBinary(SOME_KEYS, parameters));
        while (!reader.atEnd) found.push(readKey(reader));
      }
      return found;
    },
  };
}

/** Columns in the order of the SELECTs in `store-history.sql.ts`. */
function readKey(reader: RowBinaryReader): StoredKey {
  const storeId = reader.int32();
  const itemId = reader.int32();
  const hasCount = reader.uint8() === 1;
  const count = {
    dateTime: reader.int64(),
    sourcePartition: reader.uint16(),
    sourceOffset: reader.uint64(),
    sourceLine: reader.uint32(),
    quantity: reader.int32(),
  };
  const settled = reader.uint64();
  const settledSum = reader.int64();
  const settledLastTime = reader.int64();
  const recent = Array.from({ length: reader.varint() }, () => ({
    storeId,
    itemId,
    identityLow: reader.uint32(),
    identityHigh: reader.uint32(),
    sourcePartition: reader.uint16(),
    sourceOffset: reader.uint64(),
    dateTime: reader.int64(),
    quantity: reader.int32(),
  }));
  return {
    storeId,
    itemId,
    count: hasCount ? count : undefined,
    settledSum,
    settledLastTime: settled > 0 ? settledLastTime : Number.NEGATIVE_INFINITY,
    recent,
  };
}
