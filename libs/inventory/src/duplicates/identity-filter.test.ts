import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { mix } from '../hashing/mix.ts';
import { IdentityFilter } from './identity-filter.ts';
import { LineHasher } from './line-hasher.ts';

vi.setConfig({ testTimeout: 60_000 });

const HASH = fc.integer({ min: 0, max: 0xffffffff });

describe('identity filter', () => {
  test('never forgets an identity', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(HASH, HASH), { maxLength: 200, size: 'max' }),
        fc.constantFrom(64, 128, 4096),
        (all, bytes) => {
          const filter = new IdentityFilter(bytes);
          for (const [high, low] of all) filter.testAndAdd(high, low);
          for (const [high, low] of all) expect(filter.testAndAdd(high, low)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('knows nothing at first, and tells by adding', () => {
    const filter = new IdentityFilter(4096);
    expect(filter.testAndAdd(1, 2)).toBe(false);
    expect(filter.testAndAdd(1, 2)).toBe(true);
    expect(filter.testAndAdd(2, 1)).toBe(false);
  });

  test.each([
    ['hashes that are random', (index: number) => [mix(index), mix(index ^ 0x5bd1e995)] as const],
    ['hashes of lines with counted-up ids', identitiesOfLines()],
  ])('at its comfortable load errs on less than 1 in 200 new identities: %s', (_, identityOf) => {
    const bytes = 2 ** 20;
    const filter = new IdentityFilter(bytes);
    const load = bytes / 2;
    for (let index = 0; index < load; index++) filter.testAndAdd(...identityOf(index));
    let errors = 0;
    const probes = 50_000;
    for (let index = 0; index < probes; index++) if (filter.testAndAdd(...identityOf(load + index))) errors++;
    expect(errors / probes).toBeLessThan(1 / 200);
  });

  test('takes a power of two of bytes, no more than it was given', () => {
    expect([64, 127, 128, 1000, 2 ** 20].map((bytes) => new IdentityFilter(bytes).byteLength)).toEqual([
      64,
      64,
      128,
      512,
      2 ** 20,
    ]);
    for (const bytes of [63, 0, -1, Number.NaN]) expect(() => new IdentityFilter(bytes)).toThrow(RangeError);
  });
});

function identitiesOfLines(): (index: number) => readonly [number, number] {
  const hasher = new LineHasher(1);
  return (index) => {
    const bytes = Buffer.from(`T-${String(index >> 2).padStart(10, '0')}`);
    hasher.transaction(bytes, 0, bytes.length);
    hasher.line({ itemId: index & 3, storeId: 1, quantity: 1, changeTypeId: 1, dateTime: 0 });
    return [hasher.identityHigh, hasher.identityLow];
  };
}
