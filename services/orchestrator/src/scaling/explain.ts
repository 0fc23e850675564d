import { largestShare } from './alignment.ts';
import type { ScalingCondition, ScalingFigures } from './decision.ts';
import type { Draft } from './draft.ts';
import type { ScalingPolicy } from './policy.ts';

/** The arithmetic from the figures to the number of pods that is wanted. */
export function arithmetic(
  figures: ScalingFigures & { readonly podCapacity: number },
  policy: ScalingPolicy,
  rate: number,
  wanted: number,
): string {
  const { arrivalRate, lagRecords, podCapacity, partitions } = figures;
  const waiting = lagRecords === 0 ? '' : `, ${whole(lagRecords)} wait (${whole(figures.lagSeconds)} s)`;
  const share = largestShare(wanted, partitions);
  return (
    `${whole(arrivalRate)} records/s arrive${waiting}; at ${policy.targetUtilizationPercent} % busy and caught up in ` +
    `${policy.catchUpSeconds} s that needs ${whole(rate)} records/s, at ${whole(podCapacity)} a pod ` +
    `${(rate / podCapacity).toFixed(1)} pods -> ${pods(wanted)} with at most ${share} of ${partitions} partitions each`
  );
}

export function pods(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}

export function conditionsOf(
  policy: ScalingPolicy,
  draft: Draft,
  figures: ScalingFigures | undefined,
): readonly ScalingCondition[] {
  return [scalingActive(draft), scalingLimited(draft), lagWithinTarget(figures, policy)];
}

function scalingActive({ action, reason, message }: Draft): ScalingCondition {
  const type = 'ScalingActive';
  if (action === 'Hold') return { type, status: 'False', reason, message };
  return { type, status: 'True', reason: 'MetricsUsable', message: 'the stage is measured and may be scaled' };
}

function scalingLimited({ action, limited, reason, message }: Draft): ScalingCondition {
  const type = 'ScalingLimited';
  if (action === 'Hold') return { type, status: 'Unknown', reason, message };
  if (limited !== undefined) return { type, status: 'True', reason: limited.reason, message: limited.why };
  return { type, status: 'False', reason: 'WithinLimits', message: 'the stage may have what it needs' };
}

function lagWithinTarget(figures: ScalingFigures | undefined, policy: ScalingPolicy): ScalingCondition {
  const type = 'LagWithinTarget';
  if (figures === undefined)
    return { type, status: 'Unknown', reason: 'MetricsUnavailable', message: 'the lag is not known' };
  const { stuckPartitions: stuck, lagSeconds } = figures;
  if (stuck.length > 0) {
    const message = `${stuck.join(', ')}: nothing committed for 5 minutes while other partitions move`;
    return { type, status: 'False', reason: 'PartitionStuck', message };
  }
  const within = lagSeconds <= policy.lagTargetSeconds;
  const message = `the oldest record waits for ${whole(lagSeconds)} s, the target is ${policy.lagTargetSeconds} s`;
  return { type, status: within ? 'True' : 'False', reason: within ? 'WithinTarget' : 'LagAboveTarget', message };
}

/** Groups of three digits: figures are read by people. */
function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}
