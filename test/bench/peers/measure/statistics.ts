/** NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** By linear interpolation between the two values around it; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((one, other) => one - other);
  const position = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!];
  // Of two infinities the difference is NaN.
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}

export type Spread = { readonly median: number; readonly least: number; readonly greatest: number };

/** Undefined of nothing. Values that were not measured (NaN) are left out. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const measured = values.filter((value) => !Number.isNaN(value));
  if (measured.length === 0) return undefined;
  return { median: median(measured), least: Math.min(...measured), greatest: Math.max(...measured) };
}

/** What theirs is in units of ours, pair by pair: what slows the machine down slows both runs of a pair. */
export function pairedRatios(pairs: readonly { readonly ours: number; readonly theirs: number }[]): Spread | undefined {
  return spreadOf(pairs.map(({ ours, theirs }) => theirs / ours));
}
