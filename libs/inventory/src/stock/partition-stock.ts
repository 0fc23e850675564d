import { KeyTable } from './key-table.ts';
import { RecentChanges } from './recent-changes.ts';

/** Where a count stands: the greatest of these, compared in this order, is the latest. */
export type CountRow = {
  readonly storeId: number;
  readonly itemId: number;
  readonly dateTime: number;
  readonly quantity: number;
  readonly sourcePartition: number;
  readonly sourceOffset: number;
  readonly sourceLine: number;
};

export type ChangeRow = {
  readonly storeId: number;
  readonly itemId: number;
  readonly dateTime: number;
  readonly quantity: number;
  readonly sourcePartition: number;
  readonly sourceOffset: number;
  readonly identityHigh: number;
  readonly identityLow: number;
};

/** A key as the store knows it, asked with `forgottenOffsets` as the border between settled and recent changes. */
export type StoredKey = {
  readonly storeId: number;
  readonly itemId: number;
  readonly count: Omit<CountRow, 'storeId' | 'itemId'> | undefined;
  /** Of the changes since the count whose source offset is at or below the border of its partition. */
  readonly settledSum: number;
  /** Greatest time of the settled changes; -Infinity when there are none. */
  readonly settledLastTime: number;
  /** The changes since the count above the border, one by one. */
  readonly recent: readonly ChangeRow[];
};

/** Current inventory of a key. */
export type StockValue = {
  readonly snapshotQuantity: number;
  readonly changeQuantity: number;
  readonly dateTime: number;
};

/**
 * The inventory algebra of one partition: latest count plus changes since, whatever order rows come in and however
 * often. Idempotence needs to know which changes are in a sum already. The recent ones are held one by one; of the
 * older ones it is only known that their source offset is not above `forgottenOffsets[partition]`. A row from there,
 * or a count that reaches back to them, makes the key *cold*: its state is then taken from the store, which has every
 * row that was ever published.
 */
export class PartitionStock {
  readonly keys = new KeyTable();
  readonly #recent: RecentChanges;
  /** By source partition: every change above is held one by one. */
  readonly #forgottenOffsets: number[] = [];
  /** Keys to be looked up before their value may be written. */
  readonly #cold = new Set<number>();
  #touched: number[] = [];
  #batch = 0;

  constructor(recentChanges: number) {
    this.#recent = new RecentChanges(recentChanges, (key, dateTime, partition, offset) => {
      this.forgetUpTo(partition, offset);
      if (dateTime > this.keys.droppedMaxDateTime[key]!) this.keys.droppedMaxDateTime[key] = dateTime;
    });
  }

  get byteLength(): number {
    return this.keys.byteLength + this.#recent.byteLength;
  }

  get forgottenOffsets(): readonly number[] {
    return this.#forgottenOffsets;
  }

  get coldKeys(): ReadonlySet<number> {
    return this.#cold;
  }

  /** Keys touched since `startBatch`, changed or not: every one of them must be written. */
  get touched(): readonly number[] {
    return this.#touched;
  }

  startBatch(): void {
    this.#touched = [];
    this.#batch++;
  }

  /** Changes of this source partition up to this offset may be in sums without being held one by one. */
  forgetUpTo(sourcePartition: number, offset: number): void {
    while (this.#forgottenOffsets.length <= sourcePartition) this.#forgottenOffsets.push(-1);
    if (offset > this.#forgottenOffsets[sourcePartition]!) this.#forgottenOffsets[sourcePartition] = offset;
  }

  /** A change that leaves the shelf alone: the key counts as touched, its value stays. */
  touch(storeId: number, itemId: number, blockOffset: number): number {
    const key = this.keys.keyOf(storeId, itemId);
    this.keys.touchedBlock[key] = blockOffset;
    if (this.keys.touchedBatch[key] !== this.#batch) {
      this.keys.touchedBatch[key] = this.#batch;
      this.#touched.push(key);
    }
    return key;
  }

  applyChange(row: ChangeRow, blockOffset: number): void {
    const key = this.touch(row.storeId, row.itemId, blockOffset);
    // A count has absorbed it already. Without a count the comparison with NaN is false.
    if (row.dateTime < this.keys.countTime[key]! || this.#cold.has(key)) return;
    if (row.sourceOffset <= (this.#forgottenOffsets[row.sourcePartition] ?? -1)) {
      this.#cold.add(key);
      return;
    }
    if (this.#recent.has(key, row.identityHigh, row.identityLow)) return;
    this.#add(key, row);
  }

  applyCount(row: CountRow, blockOffset: number): void {
    const key = this.touch(row.storeId, row.itemId, blockOffset);
    if (this.#cold.has(key) || !this.#isLater(row, key)) return;
    if (row.dateTime > this.keys.lastChangeTime[key]!) {
      this.keys.changeSum[key] = 0;
    } else if (row.dateTime > this.keys.droppedMaxDateTime[key]!) {
      this.keys.changeSum[key] = this.#recent.sumSince(this.keys.newestChange[key]!, row.dateTime);
    } else {
      this.#cold.add(key);
      return;
    }
    this.#setCount(key, row);
  }

  /** Takes a cold key's state from the store. Also how state is rebuilt after an assignment. */
  restore(stored: StoredKey): void {
    const key = this.keys.keyOf(stored.storeId, stored.itemId);
    this.#cold.delete(key);
    if (stored.count !== undefined) this.#setCount(key, stored.count);
    this.keys.changeSum[key] = stored.settledSum;
    this.keys.lastChangeTime[key] = stored.settledLastTime;
    this.keys.droppedMaxDateTime[key] = stored.settledLastTime;
    for (const row of stored.recent) {
      if (this.#recent.has(key, row.identityHigh, row.identityLow)) this.#addToSum(key, row);
      else this.#add(key, row);
    }
  }

  /** Undefined while the key has no count. Not to be asked for a cold key. */
  value(key: number): StockValue | undefined {
    const countTime = this.keys.countTime[key]!;
    if (Number.isNaN(countTime)) return undefined;
    return {
      snapshotQuantity: this.keys.countQuantity[key]!,
      changeQuantity: this.keys.changeSum[key]!,
      dateTime: Math.max(countTime, this.keys.lastChangeTime[key]!),
    };
  }

  #add(key: number, row: ChangeRow): void {
    const { identityHigh, identityLow, dateTime, quantity, sourcePartition, sourceOffset } = row;
    const previous = this.keys.newestChange[key]!;
    this.keys.newestChange[key] = this.#recent.add({
      key,
      identityHigh,
      identityLow,
      dateTime,
      quantity,
      sourcePartition,
      sourceOffset,
      previous,
    });
    this.#addToSum(key, row);
  }

  #addToSum(key: number, row: ChangeRow): void {
    this.keys.changeSum[key]! += row.quantity;
    if (row.dateTime > this.keys.lastChangeTime[key]!) this.keys.lastChangeTime[key] = row.dateTime;
  }

  #isLater(row: CountRow, key: number): boolean {
    const keys = this.keys;
    // Not `===`: a key without count has NaN here, and any count is later than none.
    if (!(row.dateTime === keys.countTime[key])) return !(row.dateTime < keys.countTime[key]!);
    if (row.sourcePartition !== keys.countPartition[key]) return row.sourcePartition > keys.countPartition[key]!;
    if (row.sourceOffset !== keys.countOffset[key]) return row.sourceOffset > keys.countOffset[key]!;
    return row.sourceLine > keys.countLine[key]!;
  }

  #setCount(key: number, count: Omit<CountRow, 'storeId' | 'itemId'>): void {
    this.keys.countTime[key] = count.dateTime;
    this.keys.countPartition[key] = count.sourcePartition;
    this.keys.countOffset[key] = count.sourceOffset;
    this.keys.countLine[key] = count.sourceLine;
    this.keys.countQuantity[key] = count.quantity;
  }
}
