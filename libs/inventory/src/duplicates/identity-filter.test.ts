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
  ])('errs on less than 1 in 1,000 new identities, also after it has grown: %s', (_, identityOf) => {
    const bytes = 64 * 2 ** 20;
    const filter = new IdentityFilter(bytes);
    const load = 8_000_000;
    for (let index = 0; index < load; index++) filter.testAndAdd(...identityOf(index));
    expect(filter.byteLength).toBe(40 * 2 ** 20);
    let errors = 0;
    const probes = 50_000;
    for (let index = 0; index < probes; index++) if (filter.testAndAdd(...identityOf(load + index))) errors++;
    expect(errors / probes).toBeLessThan(1 / 1000);
    for (let index = 0; index < load; index += 7) expect(filter.testAndAdd(...identityOf(index))).toBe(true);
  });

  test.each([
    [1, 8],
    [2.9, 8 + 32],
    [14, 8 + 32 + 64],
    [40, 8 + 32 + 64],
  ])('of 128 MiB takes, for %s million identities, %s', (millions, mebibytes) => {
    const filter = new IdentityFilter(128 * 2 ** 20);
    for (let index = 0; index < millions * 1e6; index++) filter.testAndAdd(mix(index), mix(index ^ 0x5bd1e995));
    expect(filter.byteLength).toBe(mebibytes * 2 ** 20);
  });

  test('starts with a power of two of bytes, no more than it was given', () => {
    expect([64, 127, 128, 1000, 2 ** 20, 2 ** 30].map((bytes) => new IdentityFilter(bytes).byteLength)).toEqual([
      64,
      64,
      128,
      512,
      2 ** 20,
      2 ** 23,
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
