import { describe, expect, test } from 'vitest';
import { murmur2, partitionOf } from './partitioner.ts';

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

/** The first six from Kafka's own UtilsTest, the others computed with kafka-clients 3.9.1. */
const KAFKA_VECTORS: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
  ['', 275646681],
  ['Größe', -255045697],
  ['магазин 7', -1629494939],
  ['17|4711', 1020368124],
];

describe('partitioner', () => {
  test.each(KAFKA_VECTORS)('hashes %s as Kafka does', (text, hash) => {
    const bytes = Buffer.from(text);
    expect(murmur2(bytes, 0, bytes.length)).toBe(hash);
  });

  test('takes the key out of a larger buffer', () => {
    const bytes = Buffer.from('xxxfoobaryyy');
    expect(partitionOf(bytes, 24, 3, 9)).toBe(partitionOf(Buffer.from('foobar'), 24));
  });

  test('clears the sign instead of negating it', () => {
    // -973932308 & 0x7fffffff = 1173551340; its absolute value would give partition 4 of 16, not 12.
    expect(partitionOf(Buffer.from('21'), 16)).toBe(12);
  });

  test('hashes bytes above 127 as unsigned, in whole words and in the tail', () => {
    expect(murmur2(ALL_BYTES, 0, 256)).toBe(-1948347274);
    expect(murmur2(ALL_BYTES, 1, 256)).toBe(-40751598);
    expect(partitionOf(Buffer.from('Größe'), 24)).toBe(7);
  });
});
