import type { HoldReason } from './decision.ts';
import type { PartitionMemory, Sample, ScalingMemory } from './memory.ts';
import type { PartitionOffsets, ScalingInput, StageMetrics } from './observation.ts';
import { partitionName } from './partition-name.ts';
import { meanRates } from './rates.ts';

/** Older metrics say nothing about now. */
const METRICS_EXPIRE_MS = 60_000;
const RESTARTS_KEPT = 5;
const RESTART_MAX_SECONDS = 120;

/** Metrics that are there and fresh. */
export function freshMetrics({ metrics, atMs }: ScalingInput): StageMetrics | undefined {
  const fresh = metrics !== undefined && atMs - metrics.measuredAtMs <= METRICS_EXPIRE_MS;
  return fresh && metrics.partitions.length > 0 ? metrics : undefined;
}

/** What keeps the stage from working as it is meant to; undefined when nothing does. */
export function interruption({ workload }: ScalingInput, metrics: StageMetrics): HoldReason | undefined {
  if (workload.rolloutRunning) return 'RolloutRunning';
  if (workload.readyPods !== workload.replicas) return 'PodsNotReady';
  if (workload.replicas > 0 && metrics.group !== 'Stable') return 'Rebalancing';
  return undefined;
}

export function lagOf({ begin, end, committed }: PartitionOffsets): number {
  return Math.max(0, end - Math.max(begin, committed ?? begin));
}

/** What this tick adds to what is known. Without fresh metrics only the number of pods is noted. */
export function observe(input: ScalingInput, before: ScalingMemory): ScalingMemory {
  const memory = noteReplicas(input, before);
  const metrics = freshMetrics(input);
  if (metrics === undefined) return { ...memory, interrupted: true };
  const interrupted = interruption(input, metrics) !== undefined;
  const known = new Map(before.partitions.map((one) => [partitionName(one), one]));
  const steady = !interrupted && !before.interrupted && before.replicas === input.workload.replicas;
  return {
    ...(interrupted ? memory : settle(memory, input.atMs)),
    interrupted,
    measuredAtMs: metrics.measuredAtMs,
    partitions: metrics.partitions.map((one) =>
      rememberPartition(one, known.get(partitionName(one)), metrics.measuredAtMs),
    ),
    samples: addSample(before, input, metrics, { ...progressSince(known, metrics.partitions), steady }),
  };
}

/** The number of pods may have been changed by anybody. If by the autoscaler, then at the tick before. */
function noteReplicas({ workload, atMs }: ScalingInput, memory: ScalingMemory): ScalingMemory {
  const { replicas: from, seenAtMs = atMs } = memory;
  const noted = { ...memory, replicas: workload.replicas, seenAtMs: atMs };
  if (from === undefined || from === workload.replicas) return noted;
  const rateBefore = meanRates(memory.samples.filter(({ steady }) => steady)).processingRate;
  const startedAtMs = Math.max(seenAtMs, atMs - METRICS_EXPIRE_MS);
  return {
    ...noted,
    lastScaling: { atMs: startedAtMs, from, to: workload.replicas, rateBefore, judged: workload.replicas < from },
  };
}

/** The stage works: if it does so again since its number of pods changed, the interruption was this long. */
function settle(memory: ScalingMemory, atMs: number): ScalingMemory {
  const { lastScaling } = memory;
  if (lastScaling === undefined || lastScaling.settledAtMs !== undefined) return memory;
  const seconds = Math.min(RESTART_MAX_SECONDS, (atMs - lastScaling.atMs) / 1000);
  return {
    ...memory,
    lastScaling: { ...lastScaling, settledAtMs: atMs },
    restartSeconds: [...memory.restartSeconds, seconds].slice(-RESTARTS_KEPT),
  };
}

function rememberPartition(now: PartitionOffsets, before: PartitionMemory | undefined, atMs: number): PartitionMemory {
  const { topic, partition, end } = now;
  const committed = Math.max(now.begin, now.committed ?? now.begin);
  const stands = before !== undefined && before.committed === committed && lagOf(now) > 0;
  return { topic, partition, end, committed, movedAtMs: stands ? before.movedAtMs : atMs };
}

/** What happened since the tick before, beside the samples that are still in the window. */
function addSample(
  { samples, measuredAtMs: sinceMs }: ScalingMemory,
  { policy, workload }: ScalingInput,
  { measuredAtMs: atMs, busyRatios }: StageMetrics,
  seen: Pick<Sample, 'arrived' | 'processed' | 'steady'>,
): readonly Sample[] {
  const seconds = (atMs - (sinceMs ?? atMs)) / 1000;
  const recent = samples.filter((sample) => sample.atMs > atMs - policy.windowSeconds * 1000);
  // A repeated measurement tells nothing new, and one after a long silence too little.
  if (seconds <= 0 || seconds > policy.windowSeconds) return recent;
  const busy = mean(busyRatios);
  const busySeconds = busy === undefined ? undefined : busy * workload.readyPods * seconds;
  return [...recent, { atMs, seconds, busySeconds, ...seen }];
}

function progressSince(
  known: ReadonlyMap<string, PartitionMemory>,
  partitions: readonly PartitionOffsets[],
): Pick<Sample, 'arrived' | 'processed'> {
  let arrived = 0;
  let processed = 0;
  for (const now of partitions) {
    const before = known.get(partitionName(now));
    if (before === undefined) continue;
    arrived += Math.max(0, now.end - before.end);
    processed += Math.max(0, (now.committed ?? now.begin) - before.committed);
  }
  return { arrived, processed };
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
