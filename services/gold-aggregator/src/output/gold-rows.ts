import { formatDateTime, INVENTORY_CURRENT_TOPIC, type RowBinaryWriter, type StockValue } from '@tillstream/inventory';
import { RecordBatchBuilder, type OutgoingBatch } from '@tillstream/log';

/** The version of a value: the last block that touched its key, within an era. Both halves of `era << 48 | (offset + 1)`. */
export type Version = { readonly high: number; readonly low: number };

export function versionOf(era: number, blockOffset: number): Version {
  const position = blockOffset + 1;
  return { high: era * 2 ** 16 + Math.floor(position / 2 ** 32), low: position >>> 0 };
}

export type GoldRow = StockValue & {
  readonly storeId: number;
  readonly itemId: number;
  readonly version: Version;
};

/** One row of `inventory_current`, in the order of its declared columns. */
export function writeGoldRow(writer: RowBinaryWriter, row: GoldRow): void {
  writer.int32(row.storeId);
  writer.int32(row.itemId);
  writer.int64(row.snapshotQuantity);
  writer.int64(row.changeQuantity);
  writer.int64(row.snapshotQuantity + row.changeQuantity);
  writer.dateTime64(row.dateTime);
  writer.uint64Halves(row.version.high, row.version.low);
  writer.endRow();
}

/** Gathers the public change feed of a turn: JSON, one record a key, on the partition that carries the key in silver. */
export class FeedBuilder {
  readonly #batches = new Map<number, RecordBatchBuilder>();
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  /** Returns the JSON, for the live news. */
  add(partition: number, row: GoldRow): string {
    const batch = this.#batches.get(partition) ?? new RecordBatchBuilder(INVENTORY_CURRENT_TOPIC.name, partition);
    this.#batches.set(partition, batch);
    const value = toJson(row);
    batch.append({ key: `${row.storeId}|${row.itemId}`, value, timestamp: this.#now });
    return value;
  }

  build(): readonly OutgoingBatch[] {
    return [...this.#batches.values()].map((batch) => batch.build());
  }
}

/** All values are numbers and a time, so that nothing needs escaping. The version is text: it may exceed 2^53. */
function toJson(row: GoldRow): string {
  const version = (BigInt(row.version.high) << 32n) | BigInt(row.version.low);
  return (
    `{"store_id":${row.storeId},"item_id":${row.itemId},"snapshot_quantity":${row.snapshotQuantity},` +
    `"change_quantity":${row.changeQuantity},"current_inventory":${row.snapshotQuantity + row.changeQuantity},` +
    `"date_time":"${formatDateTime(row.dateTime)}","version":"${version}"}`
  );
}
