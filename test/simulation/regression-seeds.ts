/** Seeds that went wrong once, and why. A seed plays the same day as long as nothing draws from the dice elsewhere. */
export const REGRESSION_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [];
