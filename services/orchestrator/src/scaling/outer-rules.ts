import { align } from './alignment.ts';
import type { HoldReason, ScalingFigures } from './decision.ts';
import { hold, type Draft } from './draft.ts';
import { pods } from './explain.ts';
import type { ScalingMemory } from './memory.ts';
import { clip, neededRate, podsFor } from './need.ts';
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

/** Between no pods and some: only a Triggered stage gets here, as the limits of others begin with 1. */
export function startOrStop(known: Known): Draft | undefined {
  return known.input.workload.replicas === 0 ? start(known) : stop(known);
}

function start({ input, figures, limits }: Known): Draft {
  const { lagRecords, podCapacity, partitions } = figures;
  if (lagRecords === 0)
    return { action: 'Keep', replicas: 0, recommended: 0, reason: 'AsWanted', message: 'nothing waits, no pods' };
  const rate = neededRate(figures, input.policy, figures.arrivalRate);
  const wanted = podCapacity === undefined ? 1 : podsFor(rate, podCapacity, partitions);
  const replicas = clip(align(Math.max(1, Math.min(wanted, limits.max)), partitions), limits);
  const message = `${lagRecords} records wait and there are no pods -> ${pods(replicas)}`;
  return { action: 'Up', replicas, recommended: replicas, reason: 'WorkArrived', message };
}

function stop({ input, memory, limits }: Known): Draft | undefined {
  const { atMs, policy, mode } = input;
  const { drainedSinceMs } = memory;
  const drained = drainedSinceMs !== undefined && atMs - drainedSinceMs >= policy.windowSeconds * 1000;
  if (mode !== 'Triggered' || limits.min > 0 || !drained) return undefined;
  const message = `nothing has waited for ${policy.windowSeconds} s -> no pods`;
  return { action: 'Down', replicas: 0, recommended: 0, reason: 'Drained', message };
}
