import {
  CHANGE,
  COUNT,
  OFF_SHELF,
  SILVER_BLOCK_ENCODING,
  SILVER_INVENTORY_TOPIC,
  SilverBlockWriter,
  type ChangeRow,
  type CountRow,
  type SilverRow,
  type StoredKey,
  type StoreAndItem,
} from '@tillstream/inventory';
import { encodeHeaders, RecordBatchBuilder, type RecordBatch, type TopicPartition } from '@tillstream/log';
import type { StageOutput } from '@tillstream/runtime';
import { decodeRows, type RowValues } from '@tillstream/store';
import type { StockHistory } from '../history.ts';
import { GoldStage, type GoldStageOptions } from '../stage.ts';

export const NOW = 1_300_000_000_000;

const ROW: SilverRow = {
  kind: CHANGE,
  storeId: 19,
  itemId: 1,
  dateTime: 1000,
  quantity: 0,
  changeTypeId: 1,
  sourcePartition: 0,
  sourceOffset: 0,
  sourceLine: 0,
  identityHigh: 7,
  identityLow: 0,
  recordTimestamp: 1000,
};

/** A change of one item; its identity goes with its place in the log. */
export function changed(sourceOffset: number, quantity: number, more: Partial<SilverRow> = {}): SilverRow {
  return { ...ROW, sourceOffset, quantity, identityLow: sourceOffset, recordTimestamp: 5000 + sourceOffset, ...more };
}

/** A pick-up order booked in the online store. */
export function pickedUp(sourceOffset: number, quantity: number, more: Partial<SilverRow> = {}): SilverRow {
  return changed(sourceOffset, quantity, { kind: OFF_SHELF, storeId: 20, changeTypeId: 2, ...more });
}

export function counted(sourceOffset: number, quantity: number, more: Partial<SilverRow> = {}): SilverRow {
  return { ...ROW, kind: COUNT, changeTypeId: 0, identityHigh: 0, sourceOffset, quantity, ...more };
}

/** Blocks as the log delivers them, one after the other from an offset on. */
export function blocks(
  rows: readonly (readonly SilverRow[])[],
  { partition = 0, offset = 0, encoding = SILVER_BLOCK_ENCODING as string | null } = {},
): RecordBatch {
  const builder = new RecordBatchBuilder(SILVER_INVENTORY_TOPIC.name, partition);
  for (const block of rows) {
    const writer = new SilverBlockWriter();
    for (const row of block) writer.add(row);
    const headers = encoding === null ? {} : { headers: encodeHeaders({ encoding }) };
    builder.append({ key: null, value: writer.take(), timestamp: NOW, ...headers });
  }
  const offsets = Float64Array.from(rows, (_, index) => offset + index);
  return { ...builder.build(), offsets, nextOffset: offset + rows.length };
}

/** The silver tables, as rows; answers as the queries of `store-history.sql.ts` do. */
export class FakeTables implements StockHistory {
  readonly rows: SilverRow[] = [];
  /** Runs while the sums of an assignment are read. */
  whileReading: () => void = () => undefined;
  /** Runs between the sums and the borders of an assignment. */
  meanwhile: () => void = () => undefined;
  readonly lookedUp: (readonly StoreAndItem[])[] = [];

  async *keys(partitions: readonly TopicPartition[]) {
    // All keys of these tests are carried by one partition.
    const partition = partitions[0]!.partition;
    for (const key of this.#keysOf(this.rows)) {
      this.whileReading();
      yield { partition, key: this.#stateOf(key, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]) };
    }
  }

  async lastOffsets(): Promise<readonly number[]> {
    this.meanwhile();
    const changes = this.rows.filter(({ kind }) => kind !== COUNT);
    return [0, 1].map((partition) =>
      Math.max(-1, ...changes.filter((row) => row.sourcePartition === partition).map((row) => row.sourceOffset)),
    );
  }

  async lookUp(keys: readonly StoreAndItem[], borders: readonly number[]): Promise<readonly StoredKey[]> {
    this.lookedUp.push(keys);
    const known = this.#keysOf(this.rows);
    const asked = known.filter((one) => keys.some((key) => key.storeId === one.storeId && key.itemId === one.itemId));
    return asked.map((key) => this.#stateOf(key, [...borders]));
  }

  #keysOf(rows: readonly SilverRow[]): readonly StoreAndItem[] {
    const keys = new Map(rows.map(({ storeId, itemId }) => [`${storeId}|${itemId}`, { storeId, itemId }]));
    return [...keys.values()];
  }

  #stateOf({ storeId, itemId }: StoreAndItem, borders: readonly number[]): StoredKey {
    const rows = this.rows.filter((row) => row.storeId === storeId && row.itemId === itemId);
    const counts: readonly CountRow[] = rows.filter(({ kind }) => kind === COUNT);
    const count = counts.toSorted(
      (one, other) => other.dateTime - one.dateTime || other.sourceOffset - one.sourceOffset,
    )[0];
    const changes: readonly ChangeRow[] = rows.filter(
      (row) => row.kind === CHANGE && row.dateTime >= (count?.dateTime ?? 0),
    );
    const isSettled = (row: ChangeRow): boolean => row.sourceOffset <= (borders[row.sourcePartition] ?? -1);
    const settled = changes.filter(isSettled);
    return {
      storeId,
      itemId,
      count,
      settledSum: settled.reduce((sum, row) => sum + row.quantity, 0),
      settledLastTime: Math.max(...settled.map((row) => row.dateTime)),
      recent: changes.filter((row) => !isSettled(row)),
    };
  }
}

export async function startGold(tables: FakeTables = new FakeTables(), options: Partial<GoldStageOptions> = {}) {
  const stage = new GoldStage(
    { pipeline: 'test', era: 1, recentChanges: 100, now: () => NOW, isHeard: () => false, ...options },
    tables,
  );
  const partitions = [0, 1].map((partition) => ({ topic: SILVER_INVENTORY_TOPIC.name, partition }));
  await stage.assigned(partitions);
  return { stage, tables, partitions };
}

/** Rows of `inventory_current` by item: quantities of count, changes and both. The version is read by `versionsOf`. */
export function rowsOf(output: StageOutput): readonly RowValues[] {
  return output.tables.flatMap(({ table, bytes }) => decodeRows(table.columns, Buffer.from(bytes)));
}

/** Exactly: they may exceed 2^53. */
export function versionsOf(output: StageOutput): readonly bigint[] {
  return output.tables.flatMap(({ rows, bytes }) => {
    const width = bytes.length / rows;
    return Array.from({ length: rows }, (_, row) => Buffer.from(bytes).readBigUInt64LE((row + 1) * width - 8));
  });
}

/** Records of the change feed: partition, key and the JSON. */
export function feedOf(output: StageOutput) {
  return output.publish.flatMap(
    ({ topic, partition, count, bytes, keyStart, keyEnd, valueStart, valueEnd, timestamps }) =>
      Array.from({ length: count }, (_, index) => ({
        topic,
        partition,
        key: bytes.toString('utf8', keyStart[index], keyEnd[index]),
        value: JSON.parse(bytes.toString('utf8', valueStart[index], valueEnd[index])) as unknown,
        timestamp: timestamps[index],
      })),
  );
}
