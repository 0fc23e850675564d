import type { HoldReason, LimitReason, ScalingDecision } from './decision.ts';
import type { ScalingInput } from './observation.ts';

/** A decision before conditions and policy. */
export type Draft = Omit<ScalingDecision, 'conditions' | 'figures'> & { readonly limited?: Limited | undefined };

/** Why a stage gets fewer pods than it needs, and in words. */
export type Limited = { readonly reason: LimitReason; readonly why: string };

const HOLD_MESSAGES = {
  Paused: 'paused',
  MetricsUnavailable: 'offsets are missing or older than 60 s',
  Rebalancing: 'partitions are being shared out',
  RolloutRunning: 'pods are being replaced',
  PodsNotReady: 'not all pods are ready',
  Measuring: 'rates or the capacity of a pod are not measured yet',
} as const;

export function hold({ workload }: ScalingInput, reason: HoldReason, why: string = HOLD_MESSAGES[reason]): Draft {
  const { replicas } = workload;
  return { action: 'Hold', replicas, recommended: replicas, reason, message: `nothing is changed: ${why}` };
}
