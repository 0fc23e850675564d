import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecordColumns } from '../record-batch.ts';
import { batchOf, plainRecords, type PlainRecord } from '../testing.ts';
import { recordSize } from '../record-size.ts';
import { decodeSegment, encodeSegment } from './segment-codec.ts';
import { RECORD_OVERHEAD_BYTES } from '../record-ranges.ts';

const TARGET = { topic: 't', partition: 0 };
const text = fc.string({ unit: 'binary', maxLength: 20 });
const anyRecord: fc.Arbitrary<PlainRecord> = fc.record({
  key: fc.option(text),
  value: fc.option(text),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), text, { maxKeys: 2, noNullPrototype: true }),
  timestamp: fc.integer({ min: -1, max: 4e12 }),
});
const anyRecords = fc.array(anyRecord, { minLength: 1, maxLength: 30 });

function sizeOf(source: RecordColumns, from: number, to: number): number {
  let size = 0;
  for (let index = from; index < to; index++) size += recordSize(source, index);
  return size;
}

function roundTrip(source: RecordColumns, from: number, to: number): PlainRecord[] {
  const data = encodeSegment(source, { from, to, size: sizeOf(source, from, to) });
  return plainRecords(decodeSegment(data.slice(), 7, to - from)!);
}

/** The same records with their spans in another order, apart from each other, in a larger memory. */
function scattered(source: RecordColumns): RecordColumns {
  const bytes = Buffer.alloc(source.bytes.length * 2 + source.count * 3 + 5, 0xee);
  let end = bytes.length;
  const moved = (starts: Int32Array, ends: Int32Array): [Int32Array, Int32Array] => {
    const result: [Int32Array, Int32Array] = [Int32Array.from(starts), Int32Array.from(ends)];
    for (let index = 0; index < source.count; index++) {
      if (starts[index] === -1) continue;
      const length = ends[index]! - starts[index]!;
      end -= length + 1;
      source.bytes.copy(bytes, end, starts[index], ends[index]);
      result[0][index] = end;
      result[1][index] = end + length;
    }
    return result;
  };
  const [keyStart, keyEnd] = moved(source.keyStart, source.keyEnd);
  const [valueStart, valueEnd] = moved(source.valueStart, source.valueEnd);
  const [headersStart, headersEnd] = moved(source.headersStart, source.headersEnd);
  return { ...source, bytes, keyStart, keyEnd, valueStart, valueEnd, headersStart, headersEnd };
}

describe('segment codec', () => {
  test('gives back any range of any records', () => {
    fc.assert(
      fc.property(anyRecords, fc.nat(), fc.nat(), (records, a, b) => {
        const from = a % records.length;
        const to = from + 1 + (b % (records.length - from));
        expect(roundTrip(batchOf(TARGET, records), from, to)).toEqual(records.slice(from, to));
      }),
    );
  });

  test('takes spans in any order and place', () => {
    fc.assert(
      fc.property(anyRecords, (records) => {
        expect(roundTrip(scattered(batchOf(TARGET, records)), 0, records.length)).toEqual(records);
      }),
    );
  });

  test('stores no bytes that no record refers to', () => {
    const source = scattered(batchOf(TARGET, [{ key: 'k', value: 'value' }]));
    expect(encodeSegment(source, { from: 0, to: 1, size: sizeOf(source, 0, 1) })).toHaveLength(
      8 + RECORD_OVERHEAD_BYTES + 'kvalue'.length,
    );
  });

  test('counts offsets up from the base, or takes those given', () => {
    const source = batchOf(TARGET, [{ value: 'a' }, { value: 'b' }]);
    const range = { from: 0, to: 2, size: sizeOf(source, 0, 2) };
    expect([...decodeSegment(encodeSegment(source, range).slice(), 40, 2)!.offsets]).toEqual([40, 41]);
    const gaps = Float64Array.of(41, 2 ** 48 - 1);
    expect([...decodeSegment(encodeSegment(source, range, gaps).slice(), 40, 2)!.offsets]).toEqual([...gaps]);
  });

  test('reads in place where the memory is aligned, and anywhere else too', () => {
    const source = batchOf(TARGET, [{ key: 'k', value: 'v', timestamp: 5 }]);
    const data = encodeSegment(source, { from: 0, to: 1, size: sizeOf(source, 0, 1) }).slice();
    expect(decodeSegment(data, 0, 1)!.bytes.buffer).toBe(data.buffer);
    const shifted = new Uint8Array(data.length + 3);
    shifted.set(data, 3);
    expect(plainRecords(decodeSegment(shifted.subarray(3), 0, 1)!)).toEqual(plainRecords(source));
  });

  test('refuses data that is cut, longer, or of another count', () => {
    const source = batchOf(TARGET, [{ key: 'k', value: 'v' }]);
    const data = encodeSegment(source, { from: 0, to: 1, size: sizeOf(source, 0, 1) }).slice();
    for (let length = 0; length < data.length; length++) {
      expect(decodeSegment(data.slice(0, length), 0, 1)).toBeUndefined();
    }
    expect(decodeSegment(Uint8Array.of(...data, 0), 0, 1)).toBeUndefined();
    expect(decodeSegment(data, 0, 2)).toBeUndefined();
    expect(decodeSegment(data, 0, 1)).toBeDefined();
  });

  test.each([
    ['an end beyond the bytes', { valueEnd: Int32Array.of(6) }],
    ['an end before its start', { valueStart: Int32Array.of(4), valueEnd: Int32Array.of(3) }],
    ['a negative start that is not null', { valueStart: Int32Array.of(-2) }],
    ['a column that is too short', { valueEnd: new Int32Array(0) }],
  ])('sees %s', (_, wrong) => {
    const source = batchOf(TARGET, [{ value: 'value' }]);
    expect(recordSize(source, 0)).toBe(RECORD_OVERHEAD_BYTES + 5);
    expect(recordSize({ ...source, ...wrong }, 0)).toBe(-1);
  });
});
