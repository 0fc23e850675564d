import { grown } from '../columns/grown.ts';

const INITIAL_ENTRIES = 1024;

/** Counts of a batch of count records, column by column; nothing is folded: each valid entry is one count. */
export class CountEntries {
  count = 0;
  /** Index of the entry's record in its batch. */
  record = new Int32Array(INITIAL_ENTRIES);
  /** Index of the entry in its record's `items`. */
  line = new Int32Array(INITIAL_ENTRIES);
  storeId = new Int32Array(INITIAL_ENTRIES);
  itemId = new Int32Array(INITIAL_ENTRIES);
  quantity = new Int32Array(INITIAL_ENTRIES);
  /** Epoch milliseconds. */
  dateTime = new Float64Array(INITIAL_ENTRIES);
  /** Who counted, by entry; null when the sheet does not say. */
  employeeId: (number | null)[] = [];

  clear(): void {
    this.count = 0;
    this.employeeId = [];
  }

  /** Makes room for one more entry and returns its index; the caller fills the columns. */
  add(): number {
    if (this.count === this.record.length) this.#grow();
    return this.count++;
  }

  #grow(): void {
    const capacity = this.record.length * 2;
    this.record = grown(this.record, capacity);
    this.line = grown(this.line, capacity);
    this.storeId = grown(this.storeId, capacity);
    this.itemId = grown(this.itemId, capacity);
    this.quantity = grown(this.quantity, capacity);
    this.dateTime = grown(this.dateTime, capacity);
  }
}
