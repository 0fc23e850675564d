/** Pauses that double, up to a limit, and differ by chance, so that many do not come back at once. */
export type Backoff = { readonly firstMs: number; readonly mostMs: number };

/** After the `failures`th failure in a row, the first being 1. Between the half and the whole of its turn. */
export function pauseMs({ firstMs, mostMs }: Backoff, failures: number, random: () => number = Math.random): number {
  const whole = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return whole / 2 + (whole / 2) * random();
}
