import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogError } from '../../log-error.ts';
import { batchOf, plainRecords, type PlainRecord, valuesBatch, valuesOf } from '../../testing.ts';
import type { Compression } from '../codecs.ts';
import { type AbortedTransaction, readRecordBatches } from './record-batch-reader.ts';
import { writeRecordBatch } from './record-batch-writer.ts';

const TARGET = { topic: 'sales', partition: 0 };
const STAMP = { producerId: 7n, producerEpoch: 0, sequence: 0 };
const ALL = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const text = fc.option(fc.string({ unit: 'binary', maxLength: 300 }));
const anyRecord: fc.Arbitrary<PlainRecord> = fc.record({
  key: text,
  value: text,
  headers: fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ maxLength: 200 }), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
});

type Options = {
  readonly offset?: number;
  readonly compression?: Compression;
  readonly attributes?: number;
  readonly producerId?: bigint;
};

/** As a broker hands it out: with its offset, and the flags of a transaction. */
function stored(records: readonly Partial<PlainRecord>[], options: Options = {}): Buffer {
  const { offset = 0, compression = 'none', attributes = 0, producerId = 7n } = options;
  const batch = batchOf(TARGET, records);
  const bytes = writeRecordBatch(batch, { from: 0, to: batch.count }, { ...STAMP, producerId }, compression);
  bytes.writeBigInt64BE(BigInt(offset), 0);
  bytes.writeInt16BE(bytes.readInt16BE(21) | attributes, 21);
  return bytes;
}

/** The code of its refusal, or that nothing was read from elsewhere. */
function outcomeOf(fetched: Buffer): string {
  try {
    const { records } = readRecordBatches(fetched, 0);
    const isWithin = records.valueEnd.every((end) => end <= records.bytes.length);
    return isWithin ? 'within its bytes' : 'beyond its bytes';
  } catch (error) {
    return error instanceof LogError ? error.code : String(error);
  }
}

const values = (...all: string[]): Partial<PlainRecord>[] => all.map((value) => ({ value }));

describe('record batches', () => {
  test.each(ALL)('come back as they were written (%s)', (compression) => {
    fc.assert(
      fc.property(fc.array(fc.array(anyRecord, { minLength: 1, maxLength: 8 }), { maxLength: 4 }), (batches) => {
        let offset = 100;
        const parts = batches.map((records) => {
          const bytes = stored(records, { offset, compression });
          offset += records.length;
          return bytes;
        });
        const { records, nextOffset } = readRecordBatches(Buffer.concat(parts), 100);
        expect(plainRecords(records)).toEqual(batches.flat());
        expect([...records.offsets]).toEqual(batches.flat().map((_, index) => 100 + index));
        expect(nextOffset).toBe(offset);
      }),
      { numRuns: 100 },
    );
  });

  test('are read from the middle, and a last one that was cut off is left for the next fetch', () => {
    const fetched = Buffer.concat([
      stored(values('a', 'b', 'c'), { offset: 10 }),
      stored(values('d'), { offset: 13 }).subarray(0, 62),
    ]);
    const { records, nextOffset } = readRecordBatches(fetched, 11);
    expect(valuesOf(records)).toEqual(['b', 'c']);
    expect([...records.offsets, nextOffset]).toEqual([11, 12, 13]);
    expect(readRecordBatches(fetched.subarray(0, 30), 11).nextOffset).toBe(11);
  });

  test('that compaction has emptied are passed, so that no fetch stands still', () => {
    const emptied = stored(values('a', 'b', 'c'), { offset: 10 }).subarray(0, 61);
    emptied.writeInt32BE(61 - 12, 8);
    emptied.writeInt32BE(0, 57);
    const { records, nextOffset } = readRecordBatches(emptied, 10);
    expect([records.count, nextOffset]).toEqual([0, 13]);
  });

  test('of aborted transactions and of markers are passed over; others of the same time are not', () => {
    const aborted: AbortedTransaction[] = [{ producerId: 8n, firstOffset: 1 }];
    const fetched = Buffer.concat([
      stored(values('before'), { offset: 0, attributes: TRANSACTIONAL, producerId: 8n }),
      stored(values('lost'), { offset: 1, attributes: TRANSACTIONAL, producerId: 8n }),
      stored(values('of another'), { offset: 2, attributes: TRANSACTIONAL, producerId: 9n }),
      stored(values('marker'), { offset: 3, attributes: TRANSACTIONAL | CONTROL, producerId: 8n }),
      stored(values('after'), { offset: 4, attributes: TRANSACTIONAL, producerId: 8n }),
      stored(values('marker'), { offset: 5, attributes: TRANSACTIONAL | CONTROL, producerId: 8n }),
    ]);
    const { records, nextOffset } = readRecordBatches(fetched, 0, aborted);
    expect(valuesOf(records)).toEqual(['before', 'of another', 'after']);
    expect([...records.offsets, nextOffset]).toEqual([0, 2, 4, 6]);
  });

  test('carry the time of the broker where that decides', () => {
    const bytes = stored([
      { value: 'a', timestamp: 5 },
      { value: 'b', timestamp: 6 },
    ]);
    bytes.writeInt16BE(0x8, 21);
    bytes.writeBigInt64BE(1_700_000_000_000n, 35);
    expect([...readRecordBatches(bytes, 0).records.timestamps]).toEqual([1_700_000_000_000, 1_700_000_000_000]);
  });

  test('that are damaged are refused, whatever is damaged, and never read beyond their end', () => {
    const whole = stored([{ key: 'k', value: 'value', headers: { a: 'b' } }, { value: 'more' }]);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        expect(outcomeOf(damaged)).toMatch(/^(within its bytes|corrupt)$/);
      }),
    );
  });

  test('of the format before Kafka 0.11 are refused', () => {
    const old = stored(values('a'));
    old.writeInt8(1, 16);
    expect(() => readRecordBatches(old, 0)).toThrow(/format 1 cannot be read/);
  });

  test('a batch of a hundred thousand tiny records is no trouble', () => {
    const batch = valuesBatch(
      TARGET,
      Array.from({ length: 100_000 }, () => ''),
    );
    const bytes = writeRecordBatch(batch, { from: 0, to: batch.count }, STAMP, 'zstd');
    expect(readRecordBatches(bytes, 0).records.count).toBe(100_000);
  });
});
