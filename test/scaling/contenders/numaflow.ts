import { lagOf, type Contender } from './contender.ts';

const LOOK_BACK_SECONDS = 120;
const TARGET_SECONDS = 20;
const COOLDOWN_SECONDS = 90;
const PODS_PER_STEP = 2;

type Sample = { readonly second: number; readonly pending: number; readonly committed: number };

/**
 * Numaflow's formula for a source: as many pods as would work off what is pending in 20 seconds at the rate that each
 * shows, two more or fewer at a time, and 90 seconds between two steps.
 */
export const NUMAFLOW: Contender = {
  name: 'Numaflow',
  everySeconds: 30,
  create: ({ min, max }) => {
    let samples: Sample[] = [];
    let scaledAt = -Infinity;
    return ({ second, replicas, readyPods, metrics }) => {
      if (metrics === undefined) return replicas;
      const committed = metrics.partitions.reduce((sum, one) => sum + one.committed, 0);
      samples = samples.filter((sample) => sample.second >= second - LOOK_BACK_SECONDS);
      samples.push({ second, pending: lagOf(metrics), committed });
      if (second - scaledAt < COOLDOWN_SECONDS) return replicas;
      const wanted = Math.min(max, Math.max(min, desired(samples, readyPods) ?? replicas));
      if (wanted !== replicas) scaledAt = second;
      return wanted > replicas
        ? Math.min(wanted, replicas + PODS_PER_STEP)
        : Math.max(wanted, replicas - PODS_PER_STEP);
    };
  },
};

/** Undefined where nothing can be said. */
function desired(samples: readonly Sample[], readyPods: number): number | undefined {
  const first = samples[0]!;
  const last = samples.at(-1)!;
  if (last.second === first.second) return undefined;
  const rate = (last.committed - first.committed) / (last.second - first.second);
  const pending = samples.reduce((sum, sample) => sum + sample.pending, 0) / samples.length;
  if (rate === 0 || pending === 0) return undefined;
  return Math.round((pending / rate / TARGET_SECONDS) * readyPods);
}
