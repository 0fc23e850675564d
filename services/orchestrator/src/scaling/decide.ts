import { learnCapacity } from './capacity.ts';
import type { ScalingDecision, ScalingFigures } from './decision.ts';
import { hold, type Draft } from './draft.ts';
import { judgeLastUp } from './effectiveness.ts';
import { conditionsOf, pods } from './explain.ts';
import { figuresOf } from './figures.ts';
import type { ScalingMemory } from './memory.ts';
import { bounds } from './need.ts';
import type { ScalingInput } from './observation.ts';
import { freshMetrics, interruption, observe } from './observe.ts';
import { holdOrBound } from './outer-rules.ts';
import { scale } from './scale.ts';

/**
 * One tick of the autoscaler of one stage. The same input and memory give the same decision.
 *
 * Call it every 15 s or so, with the memory of the call before (`NO_MEMORY` at first); set `decision.replicas` where
 * `action` is `Up` or `Down`. A change that failed is decided again: what counts is the next `workload.replicas`.
 */
export function decideScaling(
  input: ScalingInput,
  before: ScalingMemory,
): { readonly decision: ScalingDecision; readonly memory: ScalingMemory } {
  const observed = observe(input, before);
  const metrics = freshMetrics(input);
  if (metrics === undefined) {
    const limits = bounds(input.limits, Infinity);
    const draft = holdOrBound(input, limits, 'MetricsUnavailable') ?? hold(input, 'MetricsUnavailable');
    return { decision: finish(input, draft, undefined), memory: relaxed(observed) };
  }
  const seen = figuresOf(observed, metrics);
  const memory = judgeLastUp(input, learnCapacity(input, observed, seen), seen);
  const figures = { ...seen, podCapacity: memory.podCapacity };
  const limits = bounds(input.limits, figures.partitions);
  const fixed = holdOrBound(input, limits, interruption(input, metrics));
  if (fixed !== undefined) return { decision: finish(input, fixed, figures), memory: relaxed(memory) };
  const scaled = scale({ input, memory, figures, limits });
  return { decision: finish(input, scaled.draft, figures), memory: scaled.memory };
}

/** Ticks with reason for more pods count only one after the other. */
function relaxed(memory: ScalingMemory): ScalingMemory {
  return { ...memory, pressedTicks: 0 };
}

function finish(input: ScalingInput, draft: Draft, figures: ScalingFigures | undefined): ScalingDecision {
  const { limited: _, ...decision } = withPolicy(input, draft);
  return { ...decision, figures, conditions: conditionsOf(input.policy, draft, figures) };
}

function withPolicy({ policy, workload }: ScalingInput, draft: Draft): Draft {
  if (policy.policy === 'Auto' || draft.action === 'Keep' || draft.action === 'Hold') return draft;
  const message = `${draft.message}; would set ${pods(draft.replicas)}, but only recommends`;
  return { ...draft, action: 'Keep', replicas: workload.replicas, reason: 'RecommendOnly', message };
}
