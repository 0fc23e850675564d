import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { HashSlots } from './hash-slots.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Positions in the order in which a search for the hash meets them. */
function search(slots: HashSlots, hash: number): readonly number[] {
  const met: number[] = [];
  for (let slot = slots.first(hash); slots.at(slot) >= 0; slot = slots.next(slot)) met.push(slots.at(slot));
  return met;
}

/** Hashes that meet in a small table: equal ones, neighbours, and some around its end. */
const HASH = fc.oneof(
  fc.constantFrom(0, 1, 2, 15, 14, 31, 30, 0xffffffff, 0x80000000, 0x7fffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);

describe('hash slots', () => {
  test('are at most half full', () => {
    expect([1, 2, 3, 4, 1000, 1024, 1025].map((capacity) => new HashSlots(capacity).byteLength / 4)).toEqual([
      2, 4, 8, 8, 2048, 2048, 4096,
    ]);
  });

  test('lead from a hash to all of its positions', () => {
    const slots = new HashSlots(4);
    slots.insert(7, 0);
    slots.insert(7, 3);
    slots.insert(6, 1);
    expect(search(slots, 7)).toEqual([0, 3]);
    expect(search(slots, 6)).toEqual([1, 0, 3]);
    expect(search(slots, 5)).toEqual([]);
  });

  test('find what is in them and nothing else, whatever comes and goes', () => {
    const operation = fc.tuple(fc.nat({ max: 15 }), HASH);
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120, size: 'max' }), (operations) => {
        const slots = new HashSlots(16);
        const hashes = new Uint32Array(16);
        const present = new Set<number>();
        const wrong: string[] = [];
        operations.forEach(([position, hash], step) => {
          if (present.delete(position)) {
            slots.remove(position, hashes);
          } else {
            present.add(position);
            hashes[position] = hash;
            slots.insert(hash, position);
          }
          for (let one = 0; one < 16; one++) {
            const isFound = search(slots, hashes[one]!).includes(one);
            if (isFound !== present.has(one)) wrong.push(`step ${step}: position ${one} is found: ${isFound}`);
          }
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
