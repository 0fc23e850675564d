import fc from 'fast-check';
import { expect, test } from 'vitest';
import { align, alignUp, largestShare, nextAligned, podsForSpeed, speedOf } from './alignment.ts';

const partitions = fc.integer({ min: 1, max: 200 });
const pods = fc.integer({ min: 1, max: 250 });

test('of 24 partitions these numbers of pods help', () => {
  const numbers = Array.from({ length: 24 }, (_, less) => align(less + 1, 24));
  expect([...new Set(numbers)]).toEqual([1, 2, 3, 4, 5, 6, 8, 12, 24]);
});

test('the aligned number leaves the busiest pod as much as more pods would, and one fewer would leave it more', () => {
  fc.assert(
    fc.property(pods, partitions, (count, of) => {
      const aligned = align(count, of);
      expect(aligned).toBeLessThanOrEqual(Math.min(count, of));
      expect(largestShare(aligned, of)).toBe(largestShare(count, of));
      const fewer = aligned > 1 ? largestShare(aligned - 1, of) : Infinity;
      expect(fewer).toBeGreaterThan(largestShare(aligned, of));
    }),
  );
});

test('the next aligned number lowers the share of the busiest pod, and no number before it does', () => {
  fc.assert(
    fc.property(pods, partitions, (count, of) => {
      fc.pre(count < of);
      const next = nextAligned(count, of);
      expect(largestShare(next, of)).toBeLessThan(largestShare(count, of));
      expect(largestShare(next - 1, of)).toBe(largestShare(count, of));
    }),
  );
});

test('aligning up gives an aligned number, not fewer pods unless there are more than partitions', () => {
  fc.assert(
    fc.property(pods, partitions, (count, of) => {
      const up = alignUp(count, of);
      expect(up).toBeGreaterThanOrEqual(Math.min(count, of));
      expect(align(up, of)).toBe(up);
    }),
  );
});

test('pods for a speed have it, and the next smaller aligned number has not', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 300, noNaN: true }), partitions, (speed, of) => {
      fc.pre(speed <= of);
      const count = podsForSpeed(speed, of);
      expect(speedOf(count, of)).toBeGreaterThanOrEqual(speed * (1 - 1e-6));
      expect(speedOf(count - 1, of)).toBeLessThan(speed);
    }),
  );
  expect(podsForSpeed(0, 24)).toBe(0);
  expect(podsForSpeed(25, 24)).toBe(24);
  expect(nextAligned(24, 24)).toBe(24);
});
