import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf, plainRecords, type PlainRecord } from './testing.ts';
import { recordSize } from './record-size.ts';
import { decodeSegment, encodeSegment } from './embedded/segment-codec.ts';
import {
  endWithin,
  indexOfOffset,
  joinRanges,
  RECORD_OVERHEAD_BYTES,
  type RecordRange,
  type StoredRecords,
} from './record-ranges.ts';

type Numbered = { readonly offset: number; readonly record: PlainRecord };

const anyRecord: fc.Arbitrary<PlainRecord> = fc.record({
  key: fc.option(fc.string({ maxLength: 4 })),
  value: fc.option(fc.string({ maxLength: 12 })),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 2 }), fc.string({ maxLength: 3 }), {
    maxKeys: 1,
    noNullPrototype: true,
  }),
  timestamp: fc.nat(),
});

/** Segments that follow each other, with gaps between and within. */
const anySegments: fc.Arbitrary<Numbered[][]> = fc
  .array(fc.array(fc.tuple(anyRecord, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((segments) => {
    let offset = 0;
    return segments.map((records) => records.map(([record, step]) => ({ offset: (offset += step), record })));
  });

function segmentOf(numbered: readonly Numbered[]): StoredRecords {
  const batch = batchOf(
    { topic: 't', partition: 0 },
    numbered.map(({ record }) => record),
  );
  let size = 0;
  for (let index = 0; index < batch.count; index++) size += recordSize(batch, index);
  const offsets = Float64Array.from(numbered, ({ offset }) => offset);
  return decodeSegment(encodeSegment(batch, { from: 0, to: batch.count, size }, offsets).slice(), 0, batch.count)!;
}

function numberedOf(records: StoredRecords): Numbered[] {
  return plainRecords(records).map((record, index) => ({ offset: records.offsets[index]!, record }));
}

describe('segment records', () => {
  test('joins any ranges to the records that they hold', () => {
    fc.assert(
      fc.property(anySegments, fc.infiniteStream(fc.nat()), (segments, stream) => {
        const expected: Numbered[] = [];
        const ranges: RecordRange[] = segments.map((numbered) => {
          const from = stream.next().value! % numbered.length;
          const to = from + (stream.next().value! % (numbered.length - from + 1));
          expected.push(...numbered.slice(from, to));
          return { records: segmentOf(numbered), from, to };
        });
        const joined = joinRanges(ranges);
        expect(numberedOf(joined)).toEqual(expected);
        expect(joined.count).toBe(expected.length);
      }),
    );
  });

  test('holds only the bytes of its records', () => {
    const records = segmentOf([
      { offset: 1, record: { key: 'a', value: '1', headers: {}, timestamp: 0 } },
      { offset: 2, record: { key: 'b', value: '22', headers: {}, timestamp: 0 } },
      { offset: 3, record: { key: 'c', value: '333', headers: {}, timestamp: 0 } },
    ]);
    expect(joinRanges([{ records, from: 1, to: 2 }]).bytes.toString()).toBe('b22');
    expect(joinRanges([{ records, from: 0, to: 3 }])).toBe(records);
  });

  test('finds the first record at or after an offset, as a search from the start does', () => {
    fc.assert(
      fc.property(anySegments, fc.nat(130), (segments, offset) => {
        const numbered = segments[0]!;
        const found = numbered.findIndex((entry) => entry.offset >= offset);
        expect(indexOfOffset(segmentOf(numbered), offset)).toBe(found < 0 ? numbered.length : found);
      }),
    );
  });

  test('ends with the last record that fits, and never before the first', () => {
    fc.assert(
      fc.property(anySegments, fc.nat(), fc.nat(600), (segments, a, maxBytes) => {
        const records = segmentOf(segments[0]!);
        const from = a % records.count;
        const to = endWithin(records, from, maxBytes);
        const size = (end: number): number =>
          joinRanges([{ records, from, to: end }]).bytes.length + (end - from) * RECORD_OVERHEAD_BYTES;
        expect(to).toBeGreaterThan(from);
        expect(to === from + 1 || size(to) <= maxBytes).toBe(true);
        expect(to === records.count || size(to + 1) > maxBytes).toBe(true);
      }),
    );
  });

  test('fits when it is exactly as large as allowed', () => {
    const entry = (offset: number): Numbered => ({
      offset,
      record: { key: 'k', value: 'v', headers: {}, timestamp: 0 },
    });
    const records = segmentOf([entry(0), entry(1), entry(2)]);
    expect(endWithin(records, 0, 2 * (RECORD_OVERHEAD_BYTES + 2))).toBe(2);
    expect(endWithin(records, 0, 2 * (RECORD_OVERHEAD_BYTES + 2) - 1)).toBe(1);
  });
});
