import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { FRESHNESS_BOUNDS_SECONDS, FreshnessHistogram } from './freshness.ts';

vi.setConfig({ testTimeout: 60_000 });

function histogramOf(seconds: readonly number[]): FreshnessHistogram {
  const histogram = new FreshnessHistogram();
  const visibleAt = 1e12;
  histogram.observe(
    Float64Array.from(seconds, (one) => visibleAt - one * 1000),
    visibleAt,
  );
  return histogram;
}

describe('freshness', () => {
  test('has bounds that ascend by about a quarter, from milliseconds to minutes', () => {
    const steps = FRESHNESS_BOUNDS_SECONDS.slice(1).map((bound, index) => bound / FRESHNESS_BOUNDS_SECONDS[index]!);
    expect(Math.min(...steps)).toBeGreaterThan(1.2);
    expect(Math.max(...steps)).toBeLessThan(1.3);
    expect(FRESHNESS_BOUNDS_SECONDS[0]).toBe(0.005);
    expect(FRESHNESS_BOUNDS_SECONDS.at(-1)).toBeGreaterThan(120);
  });

  test('of nothing is unknown', () => {
    const histogram = new FreshnessHistogram();
    histogram.observe(new Float64Array(0), 5);
    expect(histogram.quantile(0.5)).toBeNaN();
    expect([histogram.total, histogram.sumSeconds]).toEqual([0, 0]);
  });

  test('counts a record up to a bound into its bucket, the bound included', () => {
    for (const [bucket, bound] of FRESHNESS_BOUNDS_SECONDS.entries()) {
      const histogram = new FreshnessHistogram();
      histogram.observe(Float64Array.of(-bound * 1000, -bound * 1000 - 0.01), 0);
      expect([histogram.counts[bucket], histogram.counts[bucket + 1]]).toEqual([1, 1]);
    }
  });

  test('takes a record from the future for one that is visible at once', () => {
    const histogram = histogramOf([-5, 0]);
    expect([histogram.counts[0], histogram.sumSeconds, histogram.quantile(1)]).toEqual([2, 0, 0.005]);
  });

  test('names no bound for what lies above all of them', () => {
    expect(histogramOf([1, 1e6]).quantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(histogramOf([1, 1e6]).quantile(0.5)).toBeLessThan(1.3);
  });

  test('adds up over batches', () => {
    const histogram = histogramOf([1, 2]);
    histogram.observe(Float64Array.of(0), 3000);
    expect([histogram.total, histogram.sumSeconds]).toEqual([3, 6]);
  });

  test('gives quantiles that are the true one or at most a quarter above', () => {
    const seconds = fc.array(fc.double({ min: 0.006, max: 150, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
      size: 'max',
    });
    fc.assert(
      fc.property(seconds, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (all, share) => {
        const sorted = all.toSorted((one, other) => one - other);
        const exact = sorted[Math.ceil(share * all.length) - 1]!;
        const found = histogramOf(all).quantile(share);
        // A millisecond clock loses a few digits of the exact one.
        expect(found).toBeGreaterThan(exact * 0.9999);
        expect(found).toBeLessThan(exact * 1.27);
      }),
      { numRuns: 1000 },
    );
  });
});
