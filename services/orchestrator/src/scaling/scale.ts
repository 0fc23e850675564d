import { align, speedOf } from './alignment.ts';
import type { ScalingFigures } from './decision.ts';
import { hold, type Draft, type Limited } from './draft.ts';
import { upBlock } from './effectiveness.ts';
import { arithmetic } from './explain.ts';
import type { ScalingMemory } from './memory.ts';
import { clip, neededRate, podsFor } from './need.ts';
import type { Known } from './outer-rules.ts';
import { meanRates, secondsOf } from './rates.ts';
import { pressure, stepDown, stepUp, type Step } from './steps.ts';
import { rememberWant } from './wants.ts';

/** Rates over less than that are chance. */
const MEASURED_SECONDS = 30;

/** What a stage that works needs, and the step towards it. */
export function scale(known: Known): { readonly draft: Draft; readonly memory: ScalingMemory } {
  const { input, memory, figures, limits } = known;
  const pressed = pressure(input, figures) !== undefined;
  const rate = neededRate(figures, input.policy, pressed ? risingRate(memory, figures) : figures.arrivalRate);
  if (
    secondsOf(memory.samples) < Math.min(MEASURED_SECONDS, input.policy.windowSeconds / 2) ||
    (rate > 0 && figures.podCapacity === undefined)
  )
    return { draft: hold(input, 'Measuring'), memory: { ...memory, pressedTicks: 0 } };
  // Where nothing is to be done it does not matter how much a pod could do.
  const podCapacity = figures.podCapacity ?? 1;
  const wanted = podsFor(rate, podCapacity, figures.partitions);
  const recommended = clip(align(Math.min(wanted, limits.max), figures.partitions), limits);
  const remembered = {
    ...rememberWant(memory, input.policy, input.atMs, recommended),
    pressedTicks: pressed ? memory.pressedTicks + 1 : 0,
  };
  const situation = { ...known, memory: remembered, podCapacity, recommended };
  const step = stepFrom(input.workload.replicas, situation);
  const needs = arithmetic({ ...figures, podCapacity }, input.policy, rate, recommended);
  return {
    draft: {
      action: step.action,
      replicas: step.replicas,
      reason: step.reason,
      recommended,
      message: step.because === undefined ? needs : `${needs}; ${step.because}`,
      limited: isShort(situation, rate) ? limitOf(situation, wanted, rate) : undefined,
    },
    memory: remembered,
  };
}

type Situation = Parameters<typeof stepUp>[0];

function stepFrom(replicas: number, situation: Situation): Step {
  if (situation.recommended > replicas) return stepUp(situation);
  if (situation.recommended < replicas) return stepDown(situation);
  return { action: 'Keep', replicas, reason: 'AsWanted' };
}

/** Arrivals that have just begun to rise are not yet in the mean. */
function risingRate({ samples }: ScalingMemory, { arrivalRate }: ScalingFigures): number {
  return Math.max(arrivalRate, meanRates(samples.slice(-2)).arrivalRate);
}

/** Whether the pods there are can't do what is needed. */
function isShort({ input, figures, podCapacity }: Situation, rate: number): boolean {
  return rate / podCapacity > speedOf(input.workload.replicas, figures.partitions);
}

function limitOf(situation: Situation, wanted: number, rate: number): Limited | undefined {
  const { input, memory, figures, limits, podCapacity } = situation;
  const { partitions } = figures;
  const block = upBlock(input, memory, figures);
  if (block !== undefined) return block;
  if (wanted > limits.max && limits.max < partitions)
    return { reason: 'AtMax', why: `${wanted} pods are wanted, the maximum is ${limits.max}` };
  const speed = rate / podCapacity;
  if (speed <= partitions) return undefined;
  return {
    reason: 'TooManyPartitionsNeeded',
    why: `the work of ${Math.ceil(speed)} pods can't be shared out in ${partitions} partitions`,
  };
}
