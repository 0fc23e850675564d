/** How a stage is scaled. The fields are those of a stage's `scaling` in the Pipeline resource. */
export type ScalingPolicy = {
  /** `Auto` sets the number of pods, `RecommendOnly` says what it would be. */
  readonly policy: 'Auto' | 'RecommendOnly';
  /** Records wait no longer than this before they are worked on; more calls for pods. */
  readonly lagTargetSeconds: number;
  /** What has piled up is to be worked off within this time. */
  readonly catchUpSeconds: number;
  /** How busy pods are meant to be. */
  readonly targetUtilizationPercent: number;
  /** A pod that is busier calls for more pods. */
  readonly maxUtilizationPercent: number;
  /** Rates are means over this time. */
  readonly windowSeconds: number;
  /** After any change of the number of pods none are added for this long. */
  readonly scaleUpCooldownSeconds: number;
  /** Pods are taken away when the higher number was not needed for this long. */
  readonly scaleDownStabilizationSeconds: number;
  /** One step adds at most this share of the pods there are, or as many as it takes to help at all. */
  readonly maxScaleUpPercent: number;
  /** One step takes away at most this share. */
  readonly maxScaleDownPercent: number;
};

export const SCALING_DEFAULTS: ScalingPolicy = {
  policy: 'Auto',
  lagTargetSeconds: 30,
  catchUpSeconds: 300,
  targetUtilizationPercent: 70,
  maxUtilizationPercent: 85,
  windowSeconds: 120,
  scaleUpCooldownSeconds: 90,
  scaleDownStabilizationSeconds: 600,
  maxScaleUpPercent: 100,
  maxScaleDownPercent: 50,
};

/** The number of pods stays within, and never above the number of partitions: more would have nothing to do. */
export type ScalingLimits = { readonly min: number; readonly max: number };
