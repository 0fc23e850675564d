import { speedOf } from './alignment.ts';
import { settledSamples } from './capacity.ts';
import type { ScalingFigures } from './decision.ts';
import type { Limited } from './draft.ts';
import { waitingSeconds } from './figures.ts';
import type { ScalingMemory } from './memory.ts';
import type { ScalingInput } from './observation.ts';
import { meanRates, secondsOf } from './rates.ts';

/** A step is judged by the rate over this time after it. */
const JUDGED_OVER_SECONDS = 45;
/** A step that brings less than this share of what it should was for nothing. */
const LEAST_GAIN = 0.1;
const INEFFECTIVE_UPS_UNTIL_BLOCK = 2;
/** A stage that does this much more than when it was blocked is no longer held up. */
const RECOVERED = 1.25;
const NO_PROGRESS_SECONDS = 60;

/** Judges the last step up, once it can be seen: more pods on a slow sink only make it slower. */
export function judgeLastUp(input: ScalingInput, memory: ScalingMemory, figures: ScalingFigures): ScalingMemory {
  const settled = settledSamples(memory);
  const seen = secondsOf(settled) >= Math.min(JUDGED_OVER_SECONDS, input.policy.windowSeconds / 2);
  const behind = waitingSeconds(figures) > input.policy.lagTargetSeconds;
  // A step after which nothing waits was right.
  if (!behind) return { ...(seen ? judged(memory) : memory), ineffectiveUps: 0, blockedAtRate: undefined };
  const rate = meanRates(settled).processingRate;
  const { blockedAtRate } = memory;
  // One more that brings nothing is enough to block again.
  if (blockedAtRate !== undefined && rate > blockedAtRate * RECOVERED)
    return { ...memory, ineffectiveUps: INEFFECTIVE_UPS_UNTIL_BLOCK - 1, blockedAtRate: undefined };
  return seen ? judge(memory, rate, figures.partitions) : memory;
}

/** A step up waits for the verdict on the one before. */
export function awaitsVerdict({ lastScaling }: ScalingMemory): boolean {
  return lastScaling?.judged === false;
}

function judged(memory: ScalingMemory): ScalingMemory {
  const { lastScaling } = memory;
  return lastScaling === undefined ? memory : { ...memory, lastScaling: { ...lastScaling, judged: true } };
}

function judge(memory: ScalingMemory, rate: number, partitions: number): ScalingMemory {
  const { lastScaling } = memory;
  if (lastScaling === undefined || lastScaling.judged) return memory;
  const { from, to, rateBefore } = lastScaling;
  const expected = rateBefore * (speedOf(to, partitions) / speedOf(from, partitions) - 1);
  // From no pods, or from nothing that was seen, nothing can be expected.
  if (!(expected > 0) || !Number.isFinite(expected)) return judged(memory);
  if ((rate - rateBefore) / expected >= LEAST_GAIN) return { ...judged(memory), ineffectiveUps: 0 };
  const ineffectiveUps = memory.ineffectiveUps + 1;
  const blocked = ineffectiveUps >= INEFFECTIVE_UPS_UNTIL_BLOCK;
  return { ...judged(memory), ineffectiveUps, blockedAtRate: blocked ? rate : undefined };
}

/** Why more pods would be of no use, and in words. */
export function upBlock(input: ScalingInput, memory: ScalingMemory, figures: ScalingFigures): Limited | undefined {
  if (input.downstream !== undefined) return { reason: 'DownstreamBound', why: input.downstream };
  if (memory.blockedAtRate !== undefined)
    return { reason: 'IneffectiveScaleUp', why: 'the last two steps up brought next to nothing' };
  const settled = settledSamples(memory);
  const nothingDone = secondsOf(settled) >= NO_PROGRESS_SECONDS && meanRates(settled).processingRate === 0;
  if (nothingDone && figures.lagRecords > 0)
    return { reason: 'NoProgress', why: 'the pods there are do nothing at all' };
  return undefined;
}
