import { align, alignUp, largestShare, nextAligned } from './alignment.ts';
import type { ScalingFigures, ScalingReason } from './decision.ts';
import { waitingSeconds } from './figures.ts';
import { clip, podsFor } from './need.ts';
import type { ScalingInput } from './observation.ts';
import type { Known } from './outer-rules.ts';
import { awaitsVerdict, upBlock } from './effectiveness.ts';
import { mostWanted } from './wants.ts';

/** One reading of a sensor may be a slip. */
const PRESSED_TICKS = 2;
/** Pods are only taken away from a stage that was left alone for a while. */
const SCALE_DOWN_COOLDOWN_MS = 300_000;

/** What is known when it is decided whether to change the number of pods. */
type Situation = Known & {
  readonly podCapacity: number;
  /** What is wanted, clipped and aligned. */
  readonly recommended: number;
};

export type Step = {
  readonly action: 'Up' | 'Down' | 'Keep';
  readonly replicas: number;
  readonly reason: ScalingReason;
  /** Why the number wanted isn't set; undefined when it is. */
  readonly because?: string | undefined;
};

/** Why more pods are called for now. */
export function pressure(input: ScalingInput, figures: ScalingFigures): 'LagAboveTarget' | 'PodsTooBusy' | undefined {
  if (waitingSeconds(figures) > input.policy.lagTargetSeconds) return 'LagAboveTarget';
  if ((figures.busyRatio ?? 0) * 100 > input.policy.maxUtilizationPercent) return 'PodsTooBusy';
  return undefined;
}

export function stepUp(situation: Situation): Step {
  const { input, memory, figures, recommended, limits } = situation;
  const { replicas } = input.workload;
  const reason = pressure(input, figures);
  if (reason === undefined || memory.pressedTicks < PRESSED_TICKS)
    return keep(replicas, 'NotPressed', 'the pods there are keep up');
  const block = upBlock(input, memory, figures);
  if (block !== undefined) return keep(replicas, block.reason, block.why);
  const { scaleUpCooldownSeconds, maxScaleUpPercent } = input.policy;
  const waitSeconds = cooldown(situation, scaleUpCooldownSeconds * 1000);
  if (waitSeconds > 0) return keep(replicas, 'CoolingDown', `the last change was too recent, ${waitSeconds} s to go`);
  if (awaitsVerdict(memory)) return keep(replicas, 'CoolingDown', 'what the last step brought is not known yet');
  const stepLimit = Math.floor(replicas * (1 + maxScaleUpPercent / 100));
  const step = align(Math.min(recommended, stepLimit), figures.partitions);
  const helps = largestShare(step, figures.partitions) < largestShare(replicas, figures.partitions);
  return {
    action: 'Up',
    replicas: clip(helps ? step : Math.min(recommended, nextAligned(replicas, figures.partitions)), limits),
    reason,
  };
}

export function stepDown(situation: Situation): Step {
  const { input, memory, figures, podCapacity, limits } = situation;
  const { policy, workload } = input;
  const { replicas } = workload;
  if (waitingSeconds(figures) >= policy.lagTargetSeconds / 2)
    return keep(replicas, 'CatchingUp', 'what waits is worked off first');
  const most = mostWanted(memory, policy);
  if (most === undefined || most >= replicas) {
    const forSeconds = policy.scaleDownStabilizationSeconds;
    return keep(replicas, 'NotNeededForLongEnough', `fewer must do for ${forSeconds} s`);
  }
  const waitSeconds = cooldown(situation, SCALE_DOWN_COOLDOWN_MS);
  if (waitSeconds > 0) return keep(replicas, 'CoolingDown', `the last change was too recent, ${waitSeconds} s to go`);
  const rate = (figures.arrivalRate * 100) / policy.targetUtilizationPercent;
  const least = Math.ceil(replicas * (1 - policy.maxScaleDownPercent / 100));
  const enough = Math.max(most, podsFor(rate, podCapacity, figures.partitions), least);
  const fewer = clip(alignUp(enough, figures.partitions), limits);
  if (fewer >= replicas) return keep(replicas, 'AsWanted', 'no smaller number would do');
  return { action: 'Down', replicas: fewer, reason: 'FewerSuffice' };
}

function keep(replicas: number, reason: ScalingReason, because: string): Step {
  return { action: 'Keep', replicas, reason, because };
}

/** Seconds until a change may follow the last one. */
function cooldown({ input, memory }: Situation, cooldownMs: number): number {
  const sinceMs = input.atMs - (memory.lastScaling?.atMs ?? -Infinity);
  return Math.max(0, Math.ceil((cooldownMs - sinceMs) / 1000));
}
