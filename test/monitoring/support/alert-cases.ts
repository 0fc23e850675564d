/** Series as promtool writes them: `1+2x3` is 1, 3, 5, 7, a minute apart. */
type Series = Readonly<Record<string, string>>;

export type AlertCase = {
  readonly alert: string;
  /** When it must have fired, or must still be calm. */
  readonly atMinutes: number;
  readonly firing: Series;
  readonly calm: Series;
};

const GOLD = 'pipeline="pos",service="gold-aggregator"';
const SILVER = 'pipeline="pos",service="silver-normalizer"';
const RULE = `${SILVER},dataset="inventory_change",rule="known_item"`;
const of = (name: string, labels: string): string => `tillstream_${name}{${labels}}`;
const bucket = (le: string): string => of('freshness_seconds_bucket', `pipeline="pos",le="${le}"`);

const SHOP = 'namespace="retail",pipeline="pos",job="o"';
/** Of two operators `a` leads. */
const LEADERS = {
  [of('operator_leader', 'job="o",instance="a"')]: '1x90',
  [of('operator_leader', 'job="o",instance="b"')]: '0x90',
};

export const ALERT_CASES: readonly AlertCase[] = [
  {
    alert: 'TillstreamFreshnessHigh',
    atMinutes: 20,
    firing: { [bucket('9.86')]: '0+90x30', [bucket('12.3')]: '0+100x30', [bucket('+Inf')]: '0+100x30' },
    calm: { [bucket('9.86')]: '0+100x30', [bucket('12.3')]: '0+100x30', [bucket('+Inf')]: '0+100x30' },
  },
  {
    alert: 'TillstreamLagAboveTarget',
    atMinutes: 20,
    firing: { [of('lag_seconds', `${GOLD},instance="a"`)]: '61x30' },
    calm: { [of('lag_seconds', `${GOLD},instance="a"`)]: '61x10 59x20' },
  },
  {
    alert: 'TillstreamLagGrowing',
    atMinutes: 70,
    firing: { [of('lag_records', GOLD)]: '10000+100x80' },
    calm: { [of('lag_records', GOLD)]: '100000-100x80' },
  },
  {
    alert: 'TillstreamStageStuck',
    atMinutes: 15,
    firing: { [of('lag_records', GOLD)]: '7x20', [of('batch_seconds_count', GOLD)]: '5x20' },
    calm: { [of('lag_records', GOLD)]: '7x20', [of('batch_seconds_count', GOLD)]: '0+5x20' },
  },
  {
    alert: 'TillstreamStageGone',
    atMinutes: 75,
    firing: { [of('build_info', GOLD)]: '1x30', [of('build_info', SILVER)]: '1x90' },
    // A pipeline that ran to its end: nothing of it is left.
    calm: { [of('build_info', GOLD)]: '1x30', [of('build_info', SILVER)]: '1x30' },
  },
  {
    alert: 'TillstreamStoreWaiting',
    atMinutes: 8,
    firing: { [of('store_waiting', GOLD)]: '1x10' },
    calm: { [of('store_waiting', GOLD)]: '1 1 1 0x10' },
  },
  {
    alert: 'TillstreamWorkerNotReady',
    atMinutes: 20,
    firing: { [of('worker_state', `${GOLD},instance="a",state="recovering"`)]: '1x30' },
    calm: {
      [of('worker_state', `${GOLD},instance="a",state="recovering"`)]: '1x5 0x20',
      [of('worker_state', `${GOLD},instance="a",state="running"`)]: '0x5 1x20',
    },
  },
  {
    alert: 'TillstreamWorkerRestarts',
    atMinutes: 20,
    firing: { [`process_start_time_seconds{${GOLD},instance="a"}`]: '100x3 200x3 300x3 400x3 500x10' },
    calm: { [`process_start_time_seconds{${GOLD},instance="a"}`]: '100x10 200x20' },
  },
  {
    alert: 'TillstreamEventLoopBlocked',
    atMinutes: 15,
    firing: { [`nodejs_eventloop_lag_p99_seconds{${GOLD},instance="a"}`]: '3x20' },
    calm: { [`nodejs_eventloop_lag_p99_seconds{${GOLD},instance="a"}`]: '0.2x20' },
  },
  {
    alert: 'TillstreamSignalLost',
    atMinutes: 15,
    firing: { [of('signal_connected', `${GOLD},instance="a"`)]: '1x2 0x20' },
    calm: { [of('signal_connected', `${GOLD},instance="a"`)]: '0x2 1x20' },
  },
  {
    alert: 'TillstreamQuarantineRate',
    atMinutes: 40,
    firing: quarantine(6),
    calm: quarantine(4),
  },
  {
    alert: 'TillstreamExpectationFailing',
    atMinutes: 40,
    // All rows break it: there is no series of those that keep it.
    firing: { [of('expectation_failed_total', RULE)]: '0+100x60' },
    calm: { [of('expectation_failed_total', RULE)]: '0+4x60', [of('expectation_passed_total', RULE)]: '0+96x60' },
  },
  {
    alert: 'TillstreamConflictingDuplicates',
    atMinutes: 61,
    firing: { [of('rows_conflicting_total', `${SILVER},dataset="inventory_change"`)]: '0+1x70' },
    calm: { [of('rows_conflicting_total', `${SILVER},dataset="inventory_change"`)]: '0+0.1x70' },
  },
  {
    alert: 'TillstreamProducerWithoutKeys',
    atMinutes: 70,
    firing: { [of('duplicates_cross_partition_total', `${SILVER},dataset="inventory_change"`)]: '_x30 1x60' },
    calm: { [of('duplicates_cross_partition_total', `${SILVER},dataset="inventory_change"`)]: '5x90' },
  },
  {
    alert: 'TillstreamClocksAhead',
    atMinutes: 100,
    firing: clocks(2),
    calm: clocks(0.5),
  },
  {
    alert: 'TillstreamPipelineNotReady',
    atMinutes: 15,
    // What one that leads no more last knew counts for nothing.
    firing: {
      ...LEADERS,
      [of('pipeline_ready', `${SHOP},instance="a"`)]: '0x20',
      [of('pipeline_ready', `${SHOP},instance="b"`)]: '1x20',
    },
    calm: {
      ...LEADERS,
      [of('pipeline_ready', `${SHOP},instance="a"`)]: '1x20',
      [of('pipeline_ready', `${SHOP},instance="b"`)]: '0x20',
    },
  },
  {
    alert: 'TillstreamRunMissed',
    atMinutes: 70,
    firing: { [of('operator_missed_runs_total', SHOP)]: '_x30 1x60' },
    calm: { [of('operator_missed_runs_total', SHOP)]: '5x90' },
  },
  {
    alert: 'TillstreamScalingWithoutFigures',
    atMinutes: 20,
    firing: { ...LEADERS, [of('autoscaler_active', `${SHOP},instance="a"`)]: '0x30' },
    calm: { ...LEADERS, [of('autoscaler_active', `${SHOP},instance="a"`)]: '0x10 1x20' },
  },
  {
    alert: 'TillstreamScalingLimited',
    atMinutes: 40,
    firing: { [of('autoscaler_limited', `${SHOP},reason="AtMax"`)]: '1x60' },
    calm: { [of('autoscaler_limited', `${SHOP},reason="AtMax"`)]: '1x20 _x40' },
  },
  {
    alert: 'TillstreamOperatorNoLeader',
    atMinutes: 10,
    firing: {
      [of('operator_leader', 'job="o",instance="a"')]: '0x20',
      [of('operator_leader', 'job="o",instance="b"')]: '0x20',
    },
    calm: LEADERS,
  },
  {
    alert: 'TillstreamOperatorNoLeader',
    atMinutes: 75,
    firing: { [of('operator_leader', 'job="o",instance="a"')]: '1x30' },
    calm: { [of('operator_leader', 'job="o",instance="a"')]: '1x90' },
  },
  {
    alert: 'TillstreamOperatorFailing',
    atMinutes: 30,
    firing: reconciles(30),
    calm: reconciles(10),
  },
  {
    alert: 'TillstreamOperatorDeaf',
    atMinutes: 20,
    firing: { ...LEADERS, [of('operator_watch_silence_seconds', 'job="o",instance="a"')]: '0+60x30' },
    calm: { ...LEADERS, [of('operator_watch_silence_seconds', 'job="o",instance="b"')]: '0+60x30' },
  },
];

function quarantine(percent: number): Series {
  return {
    [of('rows_quarantined_total', `${SILVER},dataset="quarantine",rule="invalid_json"`)]: `0+${percent}x60`,
    [of('records_read_total', `${SILVER},dataset="pos.inventory-change"`)]: '0+100x60',
  };
}

function clocks(percent: number): Series {
  return {
    [of('rows_clock_ahead_total', `${SILVER},dataset="inventory_change"`)]: `0+${percent}x120`,
    [of('rows_written_total', `${SILVER},dataset="inventory_change"`)]: '0+100x120',
  };
}

function reconciles(failedPercent: number): Series {
  return {
    [of('operator_reconciles_total', 'job="o",outcome="failed"')]: `0+${failedPercent}x60`,
    [of('operator_reconciles_total', 'job="o",outcome="done"')]: `0+${100 - failedPercent}x60`,
  };
}
