/** What to do with the number of pods of one stage, and why. */
export type ScalingDecision = {
  /** `Hold`: nothing can be said now, nothing changes. `Keep`: the number is right, or may not change yet. */
  readonly action: 'Up' | 'Down' | 'Keep' | 'Hold';
  /** What `spec.replicas` is to be; what it is unless `action` is `Up` or `Down`. */
  readonly replicas: number;
  /** What the figures call for, within the limits, whatever cooldowns and step limits allow now; `replicas` on hold. */
  readonly recommended: number;
  readonly reason: ScalingReason;
  /** The arithmetic in one sentence, for events and the status. */
  readonly message: string;
  readonly conditions: readonly ScalingCondition[];
  /** Undefined on hold without metrics. */
  readonly figures?: ScalingFigures | undefined;
};

export type ScalingReason =
  // Keep
  | 'AsWanted'
  | 'CoolingDown'
  | 'NotPressed'
  | 'NotNeededForLongEnough'
  | 'CatchingUp'
  | 'RecommendOnly'
  | LimitReason
  // Up, Down
  | 'BelowMinimum'
  | 'AboveMaximum'
  | 'LagAboveTarget'
  | 'PodsTooBusy'
  | 'FewerSuffice'
  | HoldReason;

/** Why a stage isn't scaled: `ScalingActive` is `False`. */
export type HoldReason =
  | 'Paused'
  | 'MetricsUnavailable'
  | 'Rebalancing'
  | 'RolloutRunning'
  | 'PodsNotReady'
  | 'Measuring';

/** Why more pods are wanted than the stage gets: `ScalingLimited` is `True`. */
export type LimitReason = 'AtMax' | 'TooManyPartitionsNeeded' | 'IneffectiveScaleUp' | 'DownstreamBound' | 'NoProgress';

export type ScalingCondition = {
  readonly type: 'ScalingActive' | 'ScalingLimited' | 'LagWithinTarget';
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase. `LagWithinTarget` is `False` with `PartitionStuck` when a partition stands still while others move. */
  readonly reason: string;
  readonly message: string;
};

/** Rates are records per second. */
export type ScalingFigures = {
  readonly arrivalRate: number;
  readonly processingRate: number;
  readonly lagRecords: number;
  /** Age of the oldest waiting record, as far as known; partitions that are stuck are left out. */
  readonly lagSeconds: number;
  /** Of the busiest pod; undefined when no pod told. */
  readonly busyRatio?: number | undefined;
  /** What one pod does when it is always busy; undefined until it was measured. */
  readonly podCapacity?: number | undefined;
  /** How long a change of the number of pods interrupts the stage, measured. */
  readonly restartSeconds: number;
  /** More pods than that would have nothing to do. */
  readonly partitions: number;
  readonly stuckPartitions: readonly string[];
};
