import { grown } from '../columns/grown.ts';

const INITIAL_LINES = 1024;
const INITIAL_ARENA_BYTES = 64 * 1024;

/** What the lines of a transaction share. */
export type ChangeHead = {
  /** Index of the record in its batch. */
  readonly record: number;
  readonly storeId: number;
  readonly changeTypeId: number;
  /** Epoch milliseconds. */
  readonly dateTime: number;
  /** Where its id starts in the arena. */
  readonly transIdStart: number;
};

/**
 * Lines of a batch of transactions, column by column: line `i` is one item of one record, its repeats added up.
 * Nothing is allocated per line. `trans_id` bytes live in one arena: those of line `i` are
 * `transIds[transIdStart[i], transIdEnd[i])`; lines of one record share them.
 */
export class ChangeLines {
  count = 0;
  /** Index of the line's record in its batch. */
  record = new Int32Array(INITIAL_LINES);
  storeId = new Int32Array(INITIAL_LINES);
  itemId = new Int32Array(INITIAL_LINES);
  quantity = new Int32Array(INITIAL_LINES);
  changeTypeId = new Int16Array(INITIAL_LINES);
  /** Epoch milliseconds. */
  dateTime = new Float64Array(INITIAL_LINES);
  transIdStart = new Int32Array(INITIAL_LINES);
  transIdEnd = new Int32Array(INITIAL_LINES);
  transIds = Buffer.allocUnsafeSlow(INITIAL_ARENA_BYTES);
  /** JSON of unknown fields by line; most batches have none. */
  readonly rescued = new Map<number, string>();
  #arenaUsed = 0;

  /** Forgets the lines and keeps the memory. */
  clear(): void {
    this.count = 0;
    this.#arenaUsed = 0;
    this.rescued.clear();
  }

  /** Puts a transaction's id into the arena and returns where it starts; it ends at `arenaUsed`. */
  putTransId(transId: string): number {
    const start = this.#arenaUsed;
    const worstCase = start + transId.length * 3;
    if (worstCase > this.transIds.length) this.#growArena(worstCase);
    this.#arenaUsed = start + this.transIds.write(transId, start, 'utf8');
    return start;
  }

  /** The same for an id that stands in `bytes[start, end)` as UTF-8. */
  putTransIdFrom(bytes: Buffer, start: number, end: number): number {
    const target = this.#arenaUsed;
    const used = target + end - start;
    if (used > this.transIds.length) this.#growArena(used);
    const { transIds } = this;
    // Ids are short: a loop beats the call into the runtime.
    for (let from = start, to = target; from < end; from++, to++) transIds[to] = bytes[from]!;
    this.#arenaUsed = used;
    return target;
  }

  get arenaUsed(): number {
    return this.#arenaUsed;
  }

  /** Makes room for one more line and returns its index; the caller fills the columns. */
  add(): number {
    if (this.count === this.record.length) this.#growLines();
    return this.count++;
  }

  /** Appends a line of the transaction whose id was put last. */
  addOf({ record, storeId, changeTypeId, dateTime, transIdStart }: ChangeHead, itemId: number, quantity: number): void {
    const line = this.add();
    this.record[line] = record;
    this.storeId[line] = storeId;
    this.itemId[line] = itemId;
    this.quantity[line] = quantity;
    this.changeTypeId[line] = changeTypeId;
    this.dateTime[line] = dateTime;
    this.transIdStart[line] = transIdStart;
    this.transIdEnd[line] = this.#arenaUsed;
  }

  transId(line: number): string {
    return this.transIds.toString('utf8', this.transIdStart[line], this.transIdEnd[line]);
  }

  /** Keeps the lines that pass, in their order. */
  retain(keeps: (line: number) => boolean): void {
    let kept = 0;
    for (let line = 0; line < this.count; line++) {
      if (!keeps(line)) continue;
      if (kept !== line) this.#move(line, kept);
      kept++;
    }
    this.count = kept;
  }

  #move(from: number, to: number): void {
    this.record[to] = this.record[from]!;
    this.storeId[to] = this.storeId[from]!;
    this.itemId[to] = this.itemId[from]!;
    this.quantity[to] = this.quantity[from]!;
    this.changeTypeId[to] = this.changeTypeId[from]!;
    this.dateTime[to] = this.dateTime[from]!;
    this.transIdStart[to] = this.transIdStart[from]!;
    this.transIdEnd[to] = this.transIdEnd[from]!;
    const rescued = this.rescued.get(from);
    this.rescued.delete(from);
    this.rescued.delete(to);
    if (rescued !== undefined) this.rescued.set(to, rescued);
  }

  #growArena(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.transIds.length * 2));
    this.transIds.copy(grown, 0, 0, this.#arenaUsed);
    this.transIds = grown;
  }

  #growLines(): void {
    const capacity = this.record.length * 2;
    this.record = grown(this.record, capacity);
    this.storeId = grown(this.storeId, capacity);
    this.itemId = grown(this.itemId, capacity);
    this.quantity = grown(this.quantity, capacity);
    this.changeTypeId = grown(this.changeTypeId, capacity);
    this.dateTime = grown(this.dateTime, capacity);
    this.transIdStart = grown(this.transIdStart, capacity);
    this.transIdEnd = grown(this.transIdEnd, capacity);
  }
}
