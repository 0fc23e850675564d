import { PartitionStock, type ChangeRow, type CountRow, type StockValue, type StoredKey } from '../partition-stock.ts';

export const STORE = 19;

/** A row of the silver topic. A change of `excluded` leaves the shelf alone. */
export type Row =
  | ({ readonly kind: 'change'; readonly excluded: boolean } & ChangeRow)
  | ({ readonly kind: 'count' } & CountRow);

export type Step =
  /** So many more rows are in the tables. They are stored before they are published. */
  | { readonly kind: 'store'; readonly rows: number }
  /** A batch of blocks: each names stored rows by number, in any order and as often as it likes. */
  | { readonly kind: 'batch'; readonly blocks: readonly (readonly number[])[] }
  /** Another worker takes over, with room for so many recent changes; so many rows are stored while it recovers. */
  | { readonly kind: 'restart'; readonly recent: number; readonly meanwhile: number };

/** A partition's stock beside the rows that it must have counted, and the formula over those. */
export class StockRun {
  readonly #rows: readonly Row[];
  readonly #items: readonly number[];
  #stored = 0;
  #blockOffset = 0;
  #stock: PartitionStock;
  /** By item, the rows that its value must hold: published to this worker, or stored when its state was taken from there. */
  #known = new Map<number, Set<Row>>();
  lookUps = 0;

  constructor(rows: readonly Row[], recent: number) {
    this.#rows = rows;
    this.#items = [...new Set(rows.map((row) => row.itemId))];
    this.#stock = new PartitionStock(recent);
  }

  /** Does the step and returns how the stock and the formula differ; undefined when they agree. */
  do(step: Step): string | undefined {
    if (step.kind === 'store') this.#store(step.rows);
    if (step.kind === 'restart') this.#restart(step.recent, step.meanwhile);
    return step.kind === 'batch' ? this.#batch(step.blocks) : this.#difference();
  }

  /** Publishes every row once more, in this order, and compares with the formula over all of them. */
  finish(order: readonly number[]): string | undefined {
    this.#stored = this.#rows.length;
    const difference = this.#batch(order.map((row) => [row]));
    for (const row of this.#rows) this.#knownOf(row.itemId).add(row);
    return difference ?? this.#difference();
  }

  #batch(blocks: readonly (readonly number[])[]): string | undefined {
    if (this.#stored === 0) return undefined;
    const last = new Map<number, number>();
    this.#stock.startBatch();
    for (const block of blocks) {
      const offset = this.#blockOffset++;
      for (const number of block) {
        const row = this.#rows[number % this.#stored]!;
        this.#apply(row, offset);
        this.#knownOf(row.itemId).add(row);
        last.set(row.itemId, offset);
      }
    }
    this.#warm();
    const { keys, touched } = this.#stock;
    const found = touched.map((key) => `${keys.itemId[key]}@${keys.touchedBlock[key]}`);
    const expected = [...last].map(([item, offset]) => `${item}@${offset}`);
    if (found.join() !== expected.join()) return `touched ${found.join()}, expected ${expected.join()}`;
    return this.#difference();
  }

  #apply(row: Row, offset: number): void {
    if (row.kind === 'count') this.#stock.applyCount(row, offset);
    else if (row.excluded) this.#stock.touch(row.storeId, row.itemId, offset);
    else this.#stock.applyChange(row, offset);
  }

  #warm(): void {
    const items = Array.from(this.#stock.coldKeys, (key) => this.#stock.keys.itemId[key]!);
    this.lookUps += items.length;
    const stored = items.map((item) => this.#stateOf(item, [...this.#stock.forgottenOffsets]));
    for (const key of stored) this.#stock.restore(key);
  }

  #store(rows: number): void {
    this.#stored = Math.min(this.#rows.length, this.#stored + rows);
  }

  #restart(recent: number, meanwhile: number): void {
    this.#stock = new PartitionStock(recent);
    this.#known = new Map();
    const everything = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    const items = new Set(this.#storedRows().map((row) => row.itemId));
    for (const item of items) this.#stock.restore(this.#stateOf(item, everything));
    this.#store(meanwhile);
    for (const row of this.#storedRows()) {
      if (row.kind === 'change') this.#stock.forgetUpTo(row.sourcePartition, row.sourceOffset);
    }
  }

  /** What a query of the tables tells of a key. */
  #stateOf(itemId: number, borders: readonly number[]): StoredKey {
    const rows = this.#storedRows().filter((row) => row.itemId === itemId);
    this.#known.set(itemId, new Set(rows));
    const count = latestCount(rows);
    const changes = changesSince(rows, count);
    const isSettled = (row: ChangeRow): boolean => row.sourceOffset <= (borders[row.sourcePartition] ?? -1);
    const settled = changes.filter(isSettled);
    return {
      storeId: STORE,
      itemId,
      count,
      settledSum: sumOf(settled),
      settledLastTime: Math.max(...settled.map((row) => row.dateTime)),
      recent: changes.filter((row) => !isSettled(row)),
    };
  }

  #storedRows(): readonly Row[] {
    return this.#rows.slice(0, this.#stored);
  }

  #knownOf(itemId: number): Set<Row> {
    const known = this.#known.get(itemId) ?? new Set();
    this.#known.set(itemId, known);
    return known;
  }

  #difference(): string | undefined {
    for (const item of this.#items) {
      const expected = describe(formula([...this.#knownOf(item)]));
      const found = describe(this.#stock.value(this.#stock.keys.keyOf(STORE, item)));
      if (found !== expected) return `item ${item}: ${found}, expected ${expected}`;
    }
    return undefined;
  }
}

/** Section 5 of docs/contracts.md, over rows of one key. */
export function formula(rows: readonly Row[]): StockValue | undefined {
  const count = latestCount(rows);
  if (count === undefined) return undefined;
  const changes = changesSince(rows, count);
  return {
    snapshotQuantity: count.quantity,
    changeQuantity: sumOf(changes),
    dateTime: Math.max(count.dateTime, ...changes.map((row) => row.dateTime)),
  };
}

function latestCount(rows: readonly Row[]): CountRow | undefined {
  const counts = rows.filter((row) => row.kind === 'count');
  return counts.sort(
    (one, other) =>
      other.dateTime - one.dateTime ||
      other.sourcePartition - one.sourcePartition ||
      other.sourceOffset - one.sourceOffset ||
      other.sourceLine - one.sourceLine,
  )[0];
}

function changesSince(rows: readonly Row[], count: CountRow | undefined): readonly ChangeRow[] {
  const changes = rows.filter((row) => row.kind === 'change').filter((row) => !row.excluded);
  return count === undefined ? changes : changes.filter((row) => row.dateTime >= count.dateTime);
}

function sumOf(changes: readonly ChangeRow[]): number {
  return changes.reduce((sum, row) => sum + row.quantity, 0);
}

function describe(value: StockValue | undefined): string {
  return value === undefined ? 'none' : `${value.snapshotQuantity}${signed(value.changeQuantity)}@${value.dateTime}`;
}

function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}
