/** Upper bounds in seconds, a factor of 1.25 apart: a quantile read from them is at most a quarter too high. */
export const FRESHNESS_BOUNDS_SECONDS: readonly number[] = Array.from({ length: 48 }, (_, step) =>
  Number((0.005 * 1.25 ** step).toPrecision(3)),
);

/**
 * Histogram of freshness: from a till record's timestamp to the moment its effect on gold can be read. A batch holds
 * thousands of records, so observing costs a few nanoseconds each.
 */
export class FreshnessHistogram {
  /** Records by bound, not cumulated; the last is everything above. */
  readonly counts = new Float64Array(FRESHNESS_BOUNDS_SECONDS.length + 1);
  total = 0;
  sumSeconds = 0;

  observe(timestamps: Float64Array, visibleAt: number): void {
    for (const timestamp of timestamps) {
      const seconds = Math.max(0, (visibleAt - timestamp) / 1000);
      this.counts[bucketOf(seconds)]!++;
      this.sumSeconds += seconds;
    }
    this.total += timestamps.length;
  }

  /** Upper bound in seconds of the bucket that holds the quantile; NaN when nothing was observed. */
  quantile(share: number): number {
    if (this.total === 0) return Number.NaN;
    let seen = 0;
    for (const [bucket, count] of this.counts.entries()) {
      seen += count;
      if (seen >= share * this.total) return FRESHNESS_BOUNDS_SECONDS[bucket] ?? Number.POSITIVE_INFINITY;
    }
    return Number.POSITIVE_INFINITY;
  }
}

const LOG_STEP = Math.log(1.25);

function bucketOf(seconds: number): number {
  let bucket = Math.max(0, Math.min(FRESHNESS_BOUNDS_SECONDS.length, Math.ceil(Math.log(seconds / 0.005) / LOG_STEP)));
  // The bounds are rounded to be readable, so the logarithm may be off by one.
  while (bucket > 0 && seconds <= FRESHNESS_BOUNDS_SECONDS[bucket - 1]!) bucket--;
  while (bucket < FRESHNESS_BOUNDS_SECONDS.length && seconds > FRESHNESS_BOUNDS_SECONDS[bucket]!) bucket++;
  return bucket;
}
