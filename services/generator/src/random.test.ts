import { describe, expect, it } from 'vitest';

import { Random } from './random.ts';

describe('Random', () => {
  it('gives the same numbers for the same seed and stream, for ever', () => {
    const random = new Random(42, 1);
    expect([random.uint32(), random.uint32(), random.uint32()]).toMatchInlineSnapshot(`
      [
        1662620222,
        191922580,
        4017999899,
      ]
    `);
  });

  it('gives other numbers for another stream, and for seeds that differ in the high bits only', () => {
    const first = (seed: number, stream: number): number => new Random(seed, stream).uint32();
    expect(new Set([first(1, 0), first(1, 1), first(1 + 2 ** 32, 0), first(2, 0)]).size).toBe(4);
  });

  it('spreads evenly', () => {
    const random = new Random(7);
    const hits = new Uint32Array(10);
    for (let draw = 0; draw < 100_000; draw++) hits[random.below(10)]!++;
    for (const count of hits) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});
