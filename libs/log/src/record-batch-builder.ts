import type { OutgoingBatch } from './record-batch.ts';

const INITIAL_RECORDS = 64;
const INITIAL_BYTES = 16 * 1024;
const NO_BYTES = Buffer.alloc(0);

/** One record to append, its key and value as bytes or as ASCII text; a null key or value stays null in the log. */
export type OutgoingRecord = {
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  /** RowBinary `Map(String, String)`; omitted means none. See `encodeHeaders`. */
  readonly headers?: Buffer;
  readonly timestamp: number;
};

/** Collects records of one partition into the columns that `Log.produce` takes. Copies what it is given. */
export class RecordBatchBuilder {
  readonly topic: string;
  readonly partition: number;
  #count = 0;
  #used = 0;
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #timestamps = new Float64Array(INITIAL_RECORDS);
  /** Six positions a record: key start and end, value start and end, headers start and end. */
  #spans = new Int32Array(INITIAL_RECORDS * 6);

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get count(): number {
    return this.#count;
  }

  get byteLength(): number {
    return this.#used;
  }

  append(record: OutgoingRecord): void {
    const { key, value, headers = NO_BYTES } = record;
    const index = this.#count;
    if (index === this.#timestamps.length) this.#growRecords();
    // All of it at once: a block of rows may be as large as all that is there already.
    const end = this.#used + (key?.length ?? 0) + (value?.length ?? 0) + headers.length;
    if (end > this.#bytes.length) this.#growBytes(end);
    this.#timestamps[index] = record.timestamp;
    this.#copy(key, index * 6);
    this.#copy(value, index * 6 + 2);
    this.#copy(headers, index * 6 + 4);
    this.#count = index + 1;
  }

  /** The columns so far. The builder must not be used afterwards: the columns share its memory. */
  build(): OutgoingBatch {
    const count = this.#count;
    const column = (offset: number): Int32Array => {
      const values = new Int32Array(count);
      for (let index = 0; index < count; index++) values[index] = this.#spans[index * 6 + offset]!;
      return values;
    };
    return {
      topic: this.topic,
      partition: this.partition,
      count,
      timestamps: this.#timestamps.subarray(0, count),
      bytes: this.#bytes.subarray(0, this.#used),
      keyStart: column(0),
      keyEnd: column(1),
      valueStart: column(2),
      valueEnd: column(3),
      headersStart: column(4),
      headersEnd: column(5),
    };
  }

  #copy(source: Buffer | string | null, span: number): void {
    if (source === null) {
      this.#spans[span] = -1;
      this.#spans[span + 1] = -1;
      return;
    }
    const start = this.#used;
    const end = start + source.length;
    if (typeof source === 'string') this.#bytes.write(source, start, 'latin1');
    else this.#bytes.set(source, start);
    this.#used = end;
    this.#spans[span] = start;
    this.#spans[span + 1] = end;
  }

  #growBytes(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
  }

  #growRecords(): void {
    const timestamps = new Float64Array(this.#timestamps.length * 2);
    timestamps.set(this.#timestamps);
    this.#timestamps = timestamps;
    const spans = new Int32Array(this.#spans.length * 2);
    spans.set(this.#spans);
    this.#spans = spans;
  }
}
