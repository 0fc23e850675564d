/** Reads ClickHouse RowBinary column by column. Reading past the end throws: the bytes are then not what they claim to be. */
export class RowBinaryReader {
  readonly bytes: Buffer;
  readonly #view: DataView;
  position = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  uint8(): number {
    const value = this.#view.getUint8(this.position);
    this.position += 1;
    return value;
  }

  uint16(): number {
    const value = this.#view.getUint16(this.position, true);
    this.position += 2;
    return value;
  }

  int16(): number {
    const value = this.#view.getInt16(this.position, true);
    this.position += 2;
    return value;
  }

  uint32(): number {
    const value = this.#view.getUint32(this.position, true);
    this.position += 4;
    return value;
  }

  int32(): number {
    const value = this.#view.getInt32(this.position, true);
    this.position += 4;
    return value;
  }

  /** Exact up to 2^53; what the pipeline stores in 64 bits (offsets, times) stays below. */
  uint64(): number {
    return this.uint32() + this.uint32() * 2 ** 32;
  }

  int64(): number {
    return this.uint32() + this.int32() * 2 ** 32;
  }

  nullableInt32(): number | null {
    return this.uint8() === 1 ? null : this.int32();
  }

  string(): string {
    const length = this.varint();
    const start = this.#take(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** Steps over a `String` and returns where its bytes start; they end at `position`. */
  skipString(): number {
    return this.#take(this.varint());
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.uint8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  #take(length: number): number {
    const start = this.position;
    if (start + length > this.bytes.length) throw new RangeError(`RowBinary ends inside a string at byte ${start}`);
    this.position = start + length;
    return start;
  }
}
