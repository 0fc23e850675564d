/**
 * A block of clean rows for one partition of `pos.silver.inventory`: ClickHouse RowBinary, all columns of fixed width,
 * so that a row is found by its number. Readable by any ClickHouse with
 * `format(RowBinary, 'kind UInt8, …', value)` and this column list.
 */
export const SILVER_BLOCK_COLUMNS = [
  { name: 'kind', type: 'UInt8', comment: '0 change, 1 count, 2 change that leaves the shelf alone' },
  { name: 'store_id', type: 'Int32', comment: 'Store' },
  { name: 'item_id', type: 'Int32', comment: 'Item' },
  { name: 'date_time', type: "DateTime64(3, 'UTC')", comment: 'Of the change or the count' },
  { name: 'quantity', type: 'Int32', comment: 'Signed change, or counted quantity' },
  { name: 'change_type_id', type: 'Int16', comment: 'Kind of change; 0 for a count' },
  { name: 'source_partition', type: 'UInt16', comment: 'Partition of the source record' },
  { name: 'source_offset', type: 'UInt64', comment: 'Offset of the source record' },
  { name: 'source_line', type: 'UInt32', comment: 'Entry of a count in its record; 0 for a change' },
  { name: 'identity_hash', type: 'UInt64', comment: 'Hash of trans_id and item_id; 0 for a count' },
  { name: 'record_timestamp', type: "DateTime64(3, 'UTC')", comment: "The source record's own timestamp" },
] as const;

export const SILVER_BLOCK_ROW_BYTES = 1 + 4 + 4 + 8 + 4 + 2 + 2 + 8 + 4 + 8 + 8;

/** Blocks stay well below the message limit of a broker. */
export const MAX_BLOCK_ROWS = Math.floor((512 * 1024) / SILVER_BLOCK_ROW_BYTES);

/** Version of the encoding, carried in the record header `encoding`. */
export const SILVER_BLOCK_ENCODING = 'row-binary-2';

export const CHANGE = 0;
export const COUNT = 1;
/**
 * A change that is booked here and leaves another store's shelf: a pick-up order in the online store. Gold writes its key
 * as it is, which is also how a full refresh has keys written again.
 */
export const OFF_SHELF = 2;
export type RowKind = typeof CHANGE | typeof COUNT | typeof OFF_SHELF;

export type SilverRow = {
  readonly kind: RowKind;
  readonly storeId: number;
  readonly itemId: number;
  readonly dateTime: number;
  readonly quantity: number;
  readonly changeTypeId: number;
  readonly sourcePartition: number;
  readonly sourceOffset: number;
  readonly sourceLine: number;
  readonly identityHigh: number;
  readonly identityLow: number;
  readonly recordTimestamp: number;
};

const INITIAL_ROWS = 64;

/** Collects rows of one partition; `take` hands out the block and starts the next. */
export class SilverBlockWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_ROWS * SILVER_BLOCK_ROW_BYTES);
  #view = new DataView(this.#bytes.buffer);
  rows = 0;

  get isFull(): boolean {
    return this.rows >= MAX_BLOCK_ROWS;
  }

  add(row: SilverRow): void {
    const start = this.rows * SILVER_BLOCK_ROW_BYTES;
    if (start === this.#bytes.length) this.#grow();
    const view = this.#view;
    view.setUint8(start, row.kind);
    view.setInt32(start + 1, row.storeId, true);
    view.setInt32(start + 5, row.itemId, true);
    setInt64(view, start + 9, row.dateTime);
    view.setInt32(start + 17, row.quantity, true);
    view.setInt16(start + 21, row.changeTypeId, true);
    view.setUint16(start + 23, row.sourcePartition, true);
    setInt64(view, start + 25, row.sourceOffset);
    view.setUint32(start + 33, row.sourceLine, true);
    view.setUint32(start + 37, row.identityLow, true);
    view.setUint32(start + 41, row.identityHigh, true);
    setInt64(view, start + 45, row.recordTimestamp);
    this.rows++;
  }

  /** The block so far. It shares memory with the writer: copy it before the next `add`. */
  take(): Buffer {
    const block = this.#bytes.subarray(0, this.rows * SILVER_BLOCK_ROW_BYTES);
    this.rows = 0;
    return block;
  }

  #grow(): void {
    const grown = Buffer.allocUnsafeSlow(this.#bytes.length * 2);
    this.#bytes.copy(grown);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads rows of a block by number, field by field and without allocating. */
export class SilverBlockReader {
  readonly rows: number;
  readonly #view: DataView;

  /** Throws when the bytes are no whole number of rows: a block that silver wrote cannot be that. */
  constructor(bytes: Buffer, start: number, end: number) {
    if ((end - start) % SILVER_BLOCK_ROW_BYTES !== 0) {
      throw new Error(`a silver block of ${end - start} bytes is no multiple of ${SILVER_BLOCK_ROW_BYTES}`);
    }
    this.#view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
    this.rows = (end - start) / SILVER_BLOCK_ROW_BYTES;
  }

  kind(row: number): RowKind {
    return this.#view.getUint8(row * SILVER_BLOCK_ROW_BYTES) as RowKind;
  }

  storeId(row: number): number {
    return this.#view.getInt32(row * SILVER_BLOCK_ROW_BYTES + 1, true);
  }

  itemId(row: number): number {
    return this.#view.getInt32(row * SILVER_BLOCK_ROW_BYTES + 5, true);
  }

  dateTime(row: number): number {
    return getInt64(this.#view, row * SILVER_BLOCK_ROW_BYTES + 9);
  }

  quantity(row: number): number {
    return this.#view.getInt32(row * SILVER_BLOCK_ROW_BYTES + 17, true);
  }

  changeTypeId(row: number): number {
    return this.#view.getInt16(row * SILVER_BLOCK_ROW_BYTES + 21, true);
  }

  sourcePartition(row: number): number {
    return this.#view.getUint16(row * SILVER_BLOCK_ROW_BYTES + 23, true);
  }

  sourceOffset(row: number): number {
    return getInt64(this.#view, row * SILVER_BLOCK_ROW_BYTES + 25);
  }

  sourceLine(row: number): number {
    return this.#view.getUint32(row * SILVER_BLOCK_ROW_BYTES + 33, true);
  }

  identityLow(row: number): number {
    return this.#view.getUint32(row * SILVER_BLOCK_ROW_BYTES + 37, true);
  }

  identityHigh(row: number): number {
    return this.#view.getUint32(row * SILVER_BLOCK_ROW_BYTES + 41, true);
  }

  recordTimestamp(row: number): number {
    return getInt64(this.#view, row * SILVER_BLOCK_ROW_BYTES + 45);
  }
}

function setInt64(view: DataView, position: number, value: number): void {
  view.setUint32(position, value >>> 0, true);
  view.setInt32(position + 4, Math.floor(value / 2 ** 32), true);
}

function getInt64(view: DataView, position: number): number {
  return view.getUint32(position, true) + view.getInt32(position + 4, true) * 2 ** 32;
}
