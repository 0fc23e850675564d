import { LogError } from '../../log-error.ts';
import type { StoredRecords } from '../../record-ranges.ts';
import { decompress } from '../codecs.ts';
import { RecordDecoder } from './record-decoder.ts';

/** Where the fields of a record batch (format 2, of Kafka 0.11 and later) lie, and where its records begin. */
const LENGTH_AT = 8;
const AFTER_LENGTH = 12;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const RECORD_COUNT_AT = 57;
const RECORDS_AT = 61;

const CODEC_MASK = 0x7;
const APPEND_TIME = 0x8;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** A transaction whose records must not be read: all of this producer's from `firstOffset` to its marker. */
export type AbortedTransaction = { readonly producerId: bigint; readonly firstOffset: number };

export type FetchedRecords = {
  readonly records: StoredRecords;
  /** One past the last offset covered; also where nothing is left of it, or nothing but control records. */
  readonly nextOffset: number;
};

type BatchHeader = {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly producerId: bigint;
  readonly recordCount: number;
  readonly baseTimestamp: number;
  /** For all records, where the broker sets the time. */
  readonly appendTimestamp: number | undefined;
  /** Bytes of the whole batch. */
  readonly length: number;
};

/** Where the records of one batch lie in a buffer. */
export type RecordSection = Pick<BatchHeader, 'baseOffset' | 'recordCount' | 'baseTimestamp' | 'appendTimestamp'> & {
  readonly start: number;
  readonly end: number;
};

type StoredSection = RecordSection & Pick<BatchHeader, 'attributes'>;

/**
 * Reads what a fetch has brought of one partition, from `fromOffset` on. A last batch that was cut off is left for
 * the next fetch. The records are read in place, unless they are compressed; the bytes then belong to them.
 */
export function readRecordBatches(
  fetched: Buffer,
  fromOffset: number,
  aborted: readonly AbortedTransaction[] = [],
): FetchedRecords {
  const sections: StoredSection[] = [];
  const hidden = new HiddenTransactions(aborted);
  let nextOffset = fromOffset;
  for (let position = 0; position + RECORDS_AT <= fetched.length;) {
    const header = readHeader(fetched, position);
    const end = position + header.length;
    if (end > fetched.length) break;
    const isHidden = hidden.includes(header);
    if (header.lastOffset >= fromOffset) {
      nextOffset = header.lastOffset + 1;
      const isControl = (header.attributes & CONTROL) !== 0;
      if (!isControl && !isHidden && header.recordCount > 0) {
        sections.push({ ...header, start: position + RECORDS_AT, end });
      }
    }
    position = end;
  }
  const isPlain = sections.every(({ attributes }) => (attributes & CODEC_MASK) === 0);
  const plain = isPlain ? { bytes: fetched, sections } : unpacked(fetched, sections);
  return { records: new RecordDecoder(plain.bytes, plain.sections, fromOffset).records(), nextOffset };
}

function unpacked(
  fetched: Buffer,
  sections: readonly StoredSection[],
): { readonly bytes: Buffer; readonly sections: readonly RecordSection[] } {
  const parts = sections.map(({ attributes, start, end }) =>
    decompress(attributes & CODEC_MASK, fetched.subarray(start, end)),
  );
  let position = 0;
  const moved = sections.map((section, index) => {
    const start = position;
    position += parts[index]!.length;
    return { ...section, start, end: position };
  });
  return { bytes: Buffer.concat(parts), sections: moved };
}

function readHeader(bytes: Buffer, at: number): BatchHeader {
  const magic = bytes.readInt8(at + MAGIC_AT);
  const length = AFTER_LENGTH + bytes.readInt32BE(at + LENGTH_AT);
  if (magic !== 2 || length < RECORDS_AT) {
    throw new LogError(
      'corrupt',
      `a record batch of format ${magic} cannot be read: only that of Kafka 0.11 and later can; copy the topic`,
    );
  }
  const baseOffset = Number(bytes.readBigInt64BE(at));
  const attributes = bytes.readInt16BE(at + ATTRIBUTES_AT);
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at + LAST_OFFSET_DELTA_AT),
    attributes,
    producerId: bytes.readBigInt64BE(at + PRODUCER_ID_AT),
    recordCount: bytes.readInt32BE(at + RECORD_COUNT_AT),
    baseTimestamp: Number(bytes.readBigInt64BE(at + BASE_TIMESTAMP_AT)),
    appendTimestamp: (attributes & APPEND_TIME) !== 0 ? Number(bytes.readBigInt64BE(at + MAX_TIMESTAMP_AT)) : undefined,
    length,
  };
}

/** Follows aborted transactions through a fetch, so that their records are passed over. */
class HiddenTransactions {
  readonly #ahead: AbortedTransaction[];
  readonly #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** To be asked for each batch, in order. A control batch ends its producer's transaction. */
  includes({ attributes, producerId, lastOffset }: BatchHeader): boolean {
    if ((attributes & TRANSACTIONAL) === 0) return false;
    while (this.#ahead.length > 0 && this.#ahead[0]!.firstOffset <= lastOffset) {
      this.#open.add(this.#ahead.shift()!.producerId);
    }
    if ((attributes & CONTROL) !== 0) return this.#open.delete(producerId);
    return this.#open.has(producerId);
  }
}
