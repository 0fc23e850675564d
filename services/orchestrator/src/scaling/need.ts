import { podsForSpeed } from './alignment.ts';
import type { ScalingFigures } from './decision.ts';
import type { ScalingLimits, ScalingPolicy } from './policy.ts';

/** Records per second that pods must be able to do together: the arrivals with room to spare, and what has piled up. */
export function neededRate(figures: ScalingFigures, policy: ScalingPolicy, arrivalRate: number): number {
  const { lagRecords, restartSeconds } = figures;
  const steady = arrivalRate / (policy.targetUtilizationPercent / 100);
  // What arrives while the stage is interrupted for the change piles up too.
  const pile = lagRecords + (isBehind(figures, policy) ? arrivalRate * restartSeconds : 0);
  return steady + pile / policy.catchUpSeconds;
}

function isBehind({ lagSeconds }: ScalingFigures, { lagTargetSeconds }: ScalingPolicy): boolean {
  return lagSeconds > lagTargetSeconds / 2;
}

/** The bounds that hold for this stage: never more pods than partitions, never none. */
export function bounds(limits: ScalingLimits, partitions: number): ScalingLimits {
  const max = Math.max(1, Math.min(limits.max, partitions));
  return { min: Math.min(max, Math.max(1, limits.min)), max };
}

/** Pods for a rate, not clipped. */
export function podsFor(rate: number, podCapacity: number, partitions: number): number {
  return podsForSpeed(rate / podCapacity, partitions);
}

export function clip(pods: number, { min, max }: ScalingLimits): number {
  return Math.min(max, Math.max(min, pods));
}
