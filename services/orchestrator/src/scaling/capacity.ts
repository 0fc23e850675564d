import type { ScalingFigures } from './decision.ts';
import { waitingSeconds } from './figures.ts';
import type { Sample, ScalingMemory } from './memory.ts';
import type { ScalingInput } from './observation.ts';

/** How much of what a tick shows goes into the measure. */
const LEARNING = 0.3;
/** Too little was done to say what could be. */
const IDLE_RATIO = 0.1;
/** With so much waiting pods work as fast as they can. */
const SATURATED_SECONDS = 15;

/**
 * What one pod does when it is always busy: records over busy time. A pod that is not busy works in small batches and
 * shows less than it can, so it only ever raises the measure.
 */
export function learnCapacity(input: ScalingInput, memory: ScalingMemory, figures: ScalingFigures): ScalingMemory {
  const sample = memory.samples.at(-1);
  const { readyPods } = input.workload;
  if (sample === undefined || sample.atMs !== memory.measuredAtMs || !sample.steady || readyPods === 0) return memory;
  const saturated = waitingSeconds(figures) > SATURATED_SECONDS;
  // Pods that don't tell are taken for busy when there is much to do, and else teach nothing.
  const busySeconds = sample.busySeconds ?? (saturated ? sample.seconds * readyPods : 0);
  const ratio = busySeconds / (sample.seconds * readyPods);
  if (sample.processed === 0 || ratio < IDLE_RATIO) return memory;
  const busy = saturated || ratio * 100 >= input.policy.targetUtilizationPercent;
  return { ...memory, podCapacity: learn(memory.podCapacity, sample.processed / busySeconds, busy) };
}

function learn(known: number | undefined, shown: number, busy: boolean): number {
  if (known === undefined) return shown;
  return shown > known || busy ? known + LEARNING * (shown - known) : known;
}

/** The rate of the samples since the number of pods last changed and the stage works again. */
export function settledSamples({ samples, lastScaling }: ScalingMemory): readonly Sample[] {
  const sinceMs = lastScaling === undefined ? -Infinity : (lastScaling.settledAtMs ?? Infinity);
  return samples.filter(({ atMs, steady }) => steady && atMs > sinceMs);
}
