/** Up to this size a loop beats the call into the runtime. */
const MAX_LOOP_BYTES = 47;

/**
 * Writes ClickHouse RowBinary into one growing buffer. A row is its columns in the order of the declared table,
 * each written by the method of its type; nothing is allocated per row.
 */
export class RowBinaryWriter {
  #bytes: Buffer;
  #view: DataView;
  #length = 0;
  rows = 0;

  constructor(initialBytes = 64 * 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get byteLength(): number {
    return this.#length;
  }

  /** What has been written so far. It shares memory with the writer: copy it or let the writer go. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets the rows and keeps the memory. Buffers handed out before are overwritten by what comes next. */
  clear(): void {
    this.#length = 0;
    this.rows = 0;
  }

  endRow(): void {
    this.rows++;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#view.setInt16(this.#length, value, true);
    this.#length += 2;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value, true);
    this.#length += 4;
  }

  /** A whole number of up to 2^53; BigInt would cost ten times as much. */
  uint64(value: number): void {
    this.uint64Halves(Math.floor(value / 2 ** 32), value >>> 0);
  }

  /** For values above 2^53: the upper and the lower 32 bits. */
  uint64Halves(high: number, low: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#length, low, true);
    this.#view.setUint32(this.#length + 4, high, true);
    this.#length += 8;
  }

  /** A whole number of magnitude up to 2^53. */
  int64(value: number): void {
    this.uint64Halves(Math.floor(value / 2 ** 32) >>> 0, value >>> 0);
  }

  nullableInt32(value: number | null): void {
    this.uint8(value === null ? 1 : 0);
    if (value !== null) this.int32(value);
  }

  /** Epoch milliseconds, as `DateTime64(3)`. */
  dateTime64(epochMilliseconds: number): void {
    this.int64(epochMilliseconds);
  }

  nullableDateTime64(epochMilliseconds: number | null): void {
    this.uint8(epochMilliseconds === null ? 1 : 0);
    if (epochMilliseconds !== null) this.dateTime64(epochMilliseconds);
  }

  string(text: string): void {
    if (this.#shortAscii(text)) return;
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(text, this.#length, length, 'utf8');
  }

  /** Most texts are short names or empty: no call into the runtime for them. False, with nothing written, for others. */
  #shortAscii(text: string): boolean {
    const { length } = text;
    if (length > MAX_LOOP_BYTES) return false;
    this.#reserve(1 + length);
    const start = this.#length + 1;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#bytes[start + index] = code;
    }
    this.#bytes[start - 1] = length;
    this.#length = start + length;
    return true;
  }

  /** A `String` column from bytes `[start, end)` of a buffer; a negative start writes the empty string. */
  stringFrom(source: Buffer, start: number, end: number): void {
    const length = start < 0 ? 0 : end - start;
    this.varint(length);
    if (length > 0) this.raw(source, start, end);
  }

  /** Bytes that are RowBinary already. */
  raw(source: Buffer, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    if (length <= MAX_LOOP_BYTES) {
      const bytes = this.#bytes;
      let target = this.#length;
      for (let position = start; position < end; position++) bytes[target++] = source[position]!;
    } else {
      source.copy(this.#bytes, this.#length, start, end);
    }
    this.#length += length;
  }

  stringArray(texts: readonly string[]): void {
    this.varint(texts.length);
    for (const text of texts) this.string(text);
  }

  uint32Array(values: readonly number[]): void {
    this.varint(values.length);
    for (const value of values) this.uint32(value);
  }

  /** Unsigned LEB128: lengths of strings, arrays and maps. */
  varint(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
