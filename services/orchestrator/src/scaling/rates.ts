import type { Sample } from './memory.ts';

/** Records per second over some samples; 0 without any. */
export function meanRates(samples: readonly Sample[]): { arrivalRate: number; processingRate: number } {
  const seconds = secondsOf(samples);
  if (seconds === 0) return { arrivalRate: 0, processingRate: 0 };
  return { arrivalRate: total(samples, 'arrived') / seconds, processingRate: total(samples, 'processed') / seconds };
}

export function secondsOf(samples: readonly Sample[]): number {
  return total(samples, 'seconds');
}

function total(samples: readonly Sample[], what: 'arrived' | 'processed' | 'seconds'): number {
  return samples.reduce((sum, sample) => sum + sample[what], 0);
}
