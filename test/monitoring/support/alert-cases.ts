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
    atMinutes: 10,
    firing: { [of('duplicates_cross_partition_total', `${SILVER},dataset="inventory_change"`)]: '0 0 1x20' },
    calm: { [of('duplicates_cross_partition_total', `${SILVER},dataset="inventory_change"`)]: '5x20' },
  },
  {
    alert: 'TillstreamClocksAhead',
    atMinutes: 100,
    firing: clocks(2),
    calm: clocks(0.5),
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
