import type { ScalingDecision } from './decision.ts';
import type { ScalingMemory } from './memory.ts';
import type { ScalingInput } from './observation.ts';

/**
 * One tick of the autoscaler of one stage. The same input and memory give the same decision.
 *
 * Call it every 15 s or so, with the memory of the call before (`NO_MEMORY` at first); set `decision.replicas` where
 * `action` is `Up` or `Down`. A change that failed is decided again: what counts is the next `workload.replicas`.
 */
export function decideScaling(
  input: ScalingInput,
  memory: ScalingMemory,
): { readonly decision: ScalingDecision; readonly memory: ScalingMemory } {
  const { replicas } = input.workload;
  const message = 'the stage is being measured';
  return {
    decision: { action: 'Hold', replicas, recommended: replicas, reason: 'Measuring', message, conditions: [] },
    memory,
  };
}
