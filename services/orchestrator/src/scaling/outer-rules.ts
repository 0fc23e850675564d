import type { HoldReason, ScalingFigures } from './decision.ts';
import { hold, type Draft } from './draft.ts';
import { pods } from './explain.ts';
import type { ScalingMemory } from './memory.ts';
import { clip } from './need.ts';
import type { ScalingInput } from './observation.ts';
import type { ScalingLimits } from './policy.ts';

/** All that the number of pods is decided from. */
export type Known = {
  readonly input: ScalingInput;
  readonly memory: ScalingMemory;
  readonly figures: ScalingFigures;
  readonly limits: ScalingLimits;
};

/** Pauses and limits are somebody's will and come before all measures. */
export function holdOrBound(
  input: ScalingInput,
  limits: ScalingLimits,
  reason: HoldReason | undefined,
): Draft | undefined {
  const { replicas } = input.workload;
  if (input.paused !== undefined) return hold(input, 'Paused', input.paused);
  const bounded = clip(replicas, limits);
  if (replicas < bounded) {
    const message = `${pods(replicas)} before, the minimum is ${limits.min}`;
    return { action: 'Up', replicas: bounded, recommended: bounded, reason: 'BelowMinimum', message };
  }
  if (replicas > bounded) {
    const message = `${pods(replicas)} before, the maximum is ${limits.max}`;
    return { action: 'Down', replicas: bounded, recommended: bounded, reason: 'AboveMaximum', message };
  }
  return reason === undefined ? undefined : hold(input, reason);
}
