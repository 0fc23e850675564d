/** What every autoscaler may know of a stage. */
export type View = {
  readonly second: number;
  readonly replicas: number;
  readonly readyPods: number;
  readonly rebalancing: boolean;
  /** Undefined while metrics are away. */
  readonly metrics: ViewMetrics | undefined;
};

export type ViewMetrics = {
  readonly partitions: readonly { readonly end: number; readonly committed: number; readonly age: number }[];
  /** Means since the tick before. */
  readonly busyRatios: readonly number[];
};

export type Contender = {
  readonly name: string;
  readonly everySeconds: number;
  /** A fresh one for each run; it returns how many pods there shall be. */
  readonly create: (limits: { readonly min: number; readonly max: number }) => (view: View) => number;
};

export function lagOf(metrics: ViewMetrics): number {
  return metrics.partitions.reduce((sum, { end, committed }) => sum + end - committed, 0);
}
