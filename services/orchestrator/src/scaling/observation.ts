import type { ScalingLimits, ScalingPolicy } from './policy.ts';

/** What is known of one stage at one moment. Times are epoch milliseconds. */
export type ScalingInput = {
  readonly atMs: number;
  readonly policy: ScalingPolicy;
  readonly limits: ScalingLimits;
  /** Why nothing may be changed now, in words ("the pipeline is suspended"); undefined when it may. */
  readonly paused?: string | undefined;
  /** Why what this stage would do more would only pile up after it, in words; undefined when it would not. */
  readonly downstream?: string | undefined;
  readonly workload: Workload;
  /** Undefined when they could not be had. */
  readonly metrics?: StageMetrics | undefined;
};

/** The stage's Deployment. */
export type Workload = {
  /** `spec.replicas`. */
  readonly replicas: number;
  readonly readyPods: number;
  /** Pods of more than one template. */
  readonly rolloutRunning: boolean;
};

export type GroupState = 'Stable' | 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Dead' | 'Unknown';

export type StageMetrics = {
  readonly measuredAtMs: number;
  /** Of the stage's consumer group. */
  readonly group: GroupState;
  /** Of all topics that the stage reads. */
  readonly partitions: readonly PartitionOffsets[];
  /** For each pod that told: its share of time spent on work since it told before, waiting for the sink included; 0 to 1. */
  readonly busyRatios: readonly number[];
};

export type PartitionOffsets = {
  readonly topic: string;
  readonly partition: number;
  /** The first record that is kept. */
  readonly begin: number;
  /** Where the next record goes; in a run with fixed ends, the run's end. */
  readonly end: number;
  /** The next record to be worked on; undefined when nothing is committed, then `begin` counts. */
  readonly committed?: number | undefined;
  /** How long ago the record at `committed` was written. It is enough to look where most records wait. */
  readonly oldestWaitingSeconds?: number | undefined;
};
