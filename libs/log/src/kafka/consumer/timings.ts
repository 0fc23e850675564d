/** How patient a member of a group is. Tests are less so. */
export type ConsumerTimings = {
  /** Without a heartbeat for so long a member is taken for dead. */
  readonly sessionMs: number;
  readonly heartbeatMs: number;
  /** How long a rebalance waits for members that do not come back. */
  readonly rebalanceMs: number;
  /** A partition without an answer for so long has stalled: the consumer gives up. */
  readonly stalledMs: number;
};

/**
 * A member rejoins within a heartbeat, whatever its handler does, so a rebalance takes about one. A blocked event loop
 * is forgiven for the session; brokers may be away for as long as it takes to restart them.
 */
export const CONSUMER_TIMINGS: ConsumerTimings = {
  sessionMs: 30_000,
  heartbeatMs: 2_000,
  rebalanceMs: 60_000,
  stalledMs: 120_000,
};
