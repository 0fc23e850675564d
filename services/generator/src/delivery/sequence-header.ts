import { decodeHeaders, encodeHeaders, type RecordBatch } from '@tillstream/log';

const SOURCE = 'source';
const SEQUENCE = 'sequence';
const MAX_DIGITS = 16;

/**
 * Headers `{source, sequence}` of the records of one source: who made the record, and which step of it this was.
 * All records share one buffer, where only the digits change.
 */
export class SequenceHeader {
  readonly #bytes: Buffer;
  readonly #digitsStart: number;
  /** The view for each number of digits, so that a record allocates nothing. */
  readonly #views: Buffer[] = [];

  constructor(sourceId: string) {
    // The value of `sequence` comes last, behind the byte that holds its length.
    const template = encodeHeaders({ [SOURCE]: sourceId, [SEQUENCE]: '' });
    this.#bytes = Buffer.alloc(template.length + MAX_DIGITS);
    template.copy(this.#bytes);
    this.#digitsStart = template.length;
    for (let digits = 0; digits <= MAX_DIGITS; digits++) {
      this.#views.push(this.#bytes.subarray(0, this.#digitsStart + digits));
    }
  }

  /** The encoded headers; they hold until the next call. */
  of(sequence: number): Buffer {
    const digits = sequence.toString();
    this.#bytes[this.#digitsStart - 1] = digits.length;
    this.#bytes.write(digits, this.#digitsStart, 'latin1');
    return this.#views[digits.length]!;
  }
}

/** Reads the headers of record `index`; undefined when they name no source. */
export function readSequence(batch: RecordBatch, index: number): { sourceId: string; sequence: number } | undefined {
  const headers = decodeHeaders(batch.bytes.subarray(batch.headersStart[index], batch.headersEnd[index]));
  const sourceId = headers.get(SOURCE);
  const sequence = Number(headers.get(SEQUENCE));
  return sourceId === undefined || !Number.isSafeInteger(sequence) ? undefined : { sourceId, sequence };
}
