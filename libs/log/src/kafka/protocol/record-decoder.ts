import { LogError } from '../../log-error.ts';
import type { StoredRecords } from '../../record-ranges.ts';
import type { RecordSection } from './record-batch-reader.ts';

/** Up to this size a loop beats the call into the runtime. */
const MAX_LOOP_BYTES = 47;

/**
 * The records of several batches as columns over one buffer. Headers are rewritten where they lie: as RowBinary they
 * are never longer than as Kafka's.
 */
export class RecordDecoder {
  readonly #sections: readonly RecordSection[];
  readonly #fromOffset: number;
  readonly #bytes: Buffer;
  readonly #offsets: Float64Array;
  readonly #timestamps: Float64Array;
  /** Key start and end, value start and end, headers start and end, each a column. */
  readonly #spans: readonly Int32Array[];
  #count = 0;
  #position = 0;
  /** Nothing is read behind the section. */
  #limit = 0;

  constructor(bytes: Buffer, sections: readonly RecordSection[], fromOffset: number) {
    this.#bytes = bytes;
    this.#sections = sections;
    this.#fromOffset = fromOffset;
    // A count is not believed beyond what the bytes can hold: a record takes seven at least.
    const mostOf = ({ recordCount, start, end }: RecordSection): number =>
      Math.min(recordCount, Math.ceil((end - start) / 7));
    const capacity = sections.reduce((sum, section) => sum + mostOf(section), 0);
    this.#offsets = new Float64Array(capacity);
    this.#timestamps = new Float64Array(capacity);
    this.#spans = Array.from({ length: 6 }, () => new Int32Array(capacity));
  }

  records(): StoredRecords {
    for (const section of this.#sections) {
      this.#position = section.start;
      this.#limit = section.end;
      for (let index = 0; index < section.recordCount; index++) this.#record(section);
    }
    const count = this.#count;
    const column = (index: number): Int32Array => this.#spans[index]!.subarray(0, count);
    return {
      count,
      bytes: this.#bytes,
      offsets: this.#offsets.subarray(0, count),
      timestamps: this.#timestamps.subarray(0, count),
      keyStart: column(0),
      keyEnd: column(1),
      valueStart: column(2),
      valueEnd: column(3),
      headersStart: column(4),
      headersEnd: column(5),
    };
  }

  #record(section: RecordSection): void {
    const length = this.#varint();
    const end = this.#position + length;
    if (length < 0 || end > this.#limit) throw this.#damaged();
    this.#position++;
    const timestamp = section.baseTimestamp + this.#varint();
    const offset = section.baseOffset + this.#varint();
    const index = this.#count;
    this.#span(index, 0);
    this.#span(index, 2);
    this.#headers(index);
    if (this.#position !== end) throw this.#damaged();
    // A batch is stored whole: one that begins before the position is read from its middle.
    if (offset < this.#fromOffset) return;
    this.#offsets[index] = offset;
    this.#timestamps[index] = section.appendTimestamp ?? timestamp;
    this.#count++;
  }

  #span(index: number, column: number): void {
    const length = this.#varint();
    const isNull = length < 0;
    this.#spans[column]![index] = isNull ? -1 : this.#position;
    if (!isNull) this.#position += length;
    this.#spans[column + 1]![index] = isNull ? -1 : this.#position;
    if (this.#position > this.#limit) throw this.#damaged();
  }

  /** A header's null value becomes an empty one. */
  #headers(index: number): void {
    const start = this.#position;
    const pairs = this.#varint();
    let target = start;
    if (pairs > 0) {
      target = this.#writeLength(target, pairs);
      for (let part = 0; part < pairs * 2; part++) {
        const length = Math.max(0, this.#varint());
        if (this.#position + length > this.#limit) throw this.#damaged();
        const from = this.#position;
        this.#position += length;
        target = this.#writeLength(target, length);
        target = this.#moveDown(target, from, length);
      }
    }
    this.#spans[4]![index] = start;
    this.#spans[5]![index] = target;
  }

  /** Returns where the moved bytes end. Lengths below 64 take a byte in both encodings: mostly nothing has to be moved. */
  #moveDown(target: number, from: number, length: number): number {
    if (target === from) return target + length;
    const bytes = this.#bytes;
    if (length > MAX_LOOP_BYTES) bytes.copyWithin(target, from, from + length);
    else for (let index = 0; index < length; index++) bytes[target + index] = bytes[from + index]!;
    return target + length;
  }

  #writeLength(at: number, value: number): number {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[at++] = (rest & 0x7f) | 0x80;
    this.#bytes[at++] = rest;
    return at;
  }

  /** Up to 64 bits; exact to 2^53, which offsets and times never reach. */
  #varint(): number {
    let low = 0;
    let byte = 0x80;
    let shift = 0;
    for (; byte >= 0x80 && shift < 28; shift += 7) {
      byte = this.#byte();
      low |= (byte & 0x7f) << shift;
    }
    if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
    let value = low;
    for (; byte >= 0x80; shift += 7) {
      if (shift > 63) throw this.#damaged();
      byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
    }
    return (low & 1) === 0 ? value / 2 : -(value + 1) / 2;
  }

  #byte(): number {
    if (this.#position >= this.#limit) throw this.#damaged();
    return this.#bytes[this.#position++]!;
  }

  #damaged(): LogError {
    return new LogError('corrupt', 'a record batch contradicts its own lengths: look at what its producer sends');
  }
}
