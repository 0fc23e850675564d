import type { ScalingFigures } from './decision.ts';
import type { PartitionMemory, ScalingMemory } from './memory.ts';
import { lagOf } from './observe.ts';
import type { PartitionOffsets, StageMetrics } from './observation.ts';
import { partitionName } from './partition-name.ts';
import { meanRates } from './rates.ts';

/** A partition that stands still for so long while others move is stuck: pods won't help it. */
const STUCK_AFTER_MS = 300_000;
const MOVES_WITHIN_MS = 60_000;
/** Taken until a change of the number of pods was measured. */
const ASSUMED_RESTART_SECONDS = 60;

/** What the memory, which has seen these metrics, says about the stage. */
export function figuresOf(memory: ScalingMemory, metrics: StageMetrics): ScalingFigures {
  const rates = meanRates(memory.samples);
  const stuck = stuckPartitions(memory.partitions, metrics.measuredAtMs);
  const working = metrics.partitions.filter((one) => !stuck.has(partitionName(one)));
  const lagRecords = working.reduce((sum, one) => sum + lagOf(one), 0);
  return {
    ...rates,
    lagRecords,
    lagSeconds: oldestSeconds(working) ?? lagRecords / (rates.arrivalRate || rates.processingRate || Infinity),
    busyRatio: metrics.busyRatios.length === 0 ? undefined : Math.max(...metrics.busyRatios),
    podCapacity: memory.podCapacity,
    restartSeconds: memory.restartSeconds.length === 0 ? ASSUMED_RESTART_SECONDS : Math.max(...memory.restartSeconds),
    partitions: partitionCount(metrics.partitions),
    stuckPartitions: [...stuck],
  };
}

/**
 * How long it takes to get as much work as waits. Where a few partitions lag and the others don't it is less than the
 * age of the oldest record: that is nothing which more pods could work off.
 */
export function waitingSeconds({ lagSeconds, lagRecords, arrivalRate }: ScalingFigures): number {
  return arrivalRate === 0 ? lagSeconds : Math.min(lagSeconds, lagRecords / arrivalRate);
}

/** Each topic is shared out for itself, so the largest says how many pods have work. */
function partitionCount(partitions: readonly PartitionOffsets[]): number {
  const topics = Map.groupBy(partitions, ({ topic }) => topic);
  return Math.max(...Array.from(topics.values(), (ofTopic) => ofTopic.length));
}

/** Undefined when records wait and nobody looked at one; then they are as old as it takes to arrive or to be worked off. */
function oldestSeconds(partitions: readonly PartitionOffsets[]): number | undefined {
  const waiting = partitions.filter((one) => lagOf(one) > 0);
  if (waiting.length === 0) return 0;
  const ages = waiting.flatMap(({ oldestWaitingSeconds: age }) => (age === undefined ? [] : [age]));
  return ages.length === 0 ? undefined : Math.max(...ages);
}

function stuckPartitions(partitions: readonly PartitionMemory[], atMs: number): ReadonlySet<string> {
  const othersMove = partitions.some(({ movedAtMs }) => atMs - movedAtMs <= MOVES_WITHIN_MS);
  const still = partitions.filter(({ movedAtMs }) => atMs - movedAtMs >= STUCK_AFTER_MS);
  return new Set(othersMove ? still.map(partitionName) : []);
}
