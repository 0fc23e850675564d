import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Count, CounterName } from './counts.ts';
import type { Visible } from '../worker/stage.ts';
import { FRESHNESS_BOUNDS_SECONDS, FreshnessHistogram } from './freshness.ts';

const COUNTER_HELP: Readonly<Record<CounterName, string>> = {
  records_sent: 'Records that the generator has sent',
  records_read: 'Records taken from a topic',
  rows_written: 'Rows written to a dataset',
  rows_quarantined: 'Records and file rows set aside, by the rule they broke',
  rows_duplicate: 'Copies of a line that were dropped',
  rows_conflicting: 'Lines with the identity of an earlier one and other content',
  rows_dropped: 'Rows left out by an expectation with the action drop',
  rows_late: 'Lines behind their own store by more than the limit; they were applied',
  rows_clock_ahead: 'Lines ahead of every other store by more than the limit; they were applied',
  duplicates_cross_partition: 'Copies that came through another partition: a producer without keys',
  expectation_passed: 'Rows for which an expectation held',
  expectation_failed: 'Rows for which an expectation did not hold',
  cold_look_ups: 'Keys or lines looked up in the store because memory did not reach',
  files_loaded: 'Count files loaded',
  commands_done: 'Commands that were carried out',
  commands_failed: 'Commands that were answered with an error',
};

const DURATION_BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** The way of a record from the till to the reader. */
export const HOPS = ['till_to_silver', 'silver_to_gold', 'gold_to_reader'] as const;

type BatchFigures = {
  readonly batchSeconds: number;
  readonly insertSeconds: number;
  readonly stateBytes: number;
  readonly stateKeys: number;
};

const LABELS = ['pipeline', 'service', 'dataset', 'rule'] as const;

/** Metrics of one process: what `/metrics` shows, and the same figures for its own summary. */
export class Telemetry {
  readonly registry = new Registry();
  readonly freshness = new FreshnessHistogram();
  readonly #pipeline: string;
  readonly #counters = new Map<CounterName, Counter<(typeof LABELS)[number]>>();
  readonly #totals = new Map<string, number>();
  readonly #untaken = new Map<string, Count & { readonly service: string }>();
  readonly #batchSeconds: Histogram<'pipeline' | 'service'>;
  readonly #insertSeconds: Histogram<'pipeline' | 'service'>;
  readonly #stateBytes: Gauge<'pipeline' | 'service'>;
  readonly #stateKeys: Gauge<'pipeline' | 'service'>;
  readonly #lagRecords: Gauge<'pipeline' | 'service'>;
  readonly #lagSeconds: Gauge<'pipeline' | 'service'>;
  readonly #hopSeconds: Counter<'pipeline' | 'hop'>;

  constructor(pipeline: string) {
    this.#pipeline = pipeline;
    const registers = [this.registry];
    const labelNames = ['pipeline', 'service'] as const;
    for (const [name, help] of Object.entries(COUNTER_HELP) as [CounterName, string][]) {
      this.#counters.set(name, new Counter({ name: `tillstream_${name}_total`, help, labelNames: LABELS, registers }));
    }
    const duration = (name: string, help: string): Histogram<'pipeline' | 'service'> =>
      new Histogram({ name, help, labelNames, buckets: DURATION_BUCKETS_SECONDS, registers });
    this.#batchSeconds = duration('tillstream_batch_seconds', 'From taking a batch to its commit');
    this.#insertSeconds = duration('tillstream_insert_seconds', 'Writing the tables of a batch');
    this.#stateBytes = new Gauge({ name: 'tillstream_state_bytes', help: 'State in memory', labelNames, registers });
    this.#stateKeys = new Gauge({
      name: 'tillstream_state_keys',
      help: 'Lines that are remembered, or keys that have stock',
      labelNames,
      registers,
    });
    this.#lagSeconds = new Gauge({
      name: 'tillstream_lag_seconds',
      help: 'Age of the oldest record not yet done',
      labelNames,
      registers,
    });
    this.#lagRecords = new Gauge({
      name: 'tillstream_lag_records',
      help: 'Records not yet done',
      labelNames,
      registers,
    });
    this.#hopSeconds = new Counter({
      name: 'tillstream_freshness_hop_seconds_total',
      help: "A record's way, summed over records: until silver takes it, until gold takes its block, until it can be read",
      labelNames: ['pipeline', 'hop'],
      registers,
    });
    this.#exportFreshness();
  }

  count(service: string, counts: readonly Count[]): void {
    for (const { name, dataset, rule = '', value } of counts) {
      if (value === 0) continue;
      this.#counters.get(name)!.inc({ pipeline: this.#pipeline, service, dataset, rule }, value);
      const total = `${name}|${dataset}|${rule}`;
      this.#totals.set(total, (this.#totals.get(total) ?? 0) + value);
      const untaken = `${service}|${total}`;
      const before = this.#untaken.get(untaken)?.value ?? 0;
      this.#untaken.set(untaken, { service, name, dataset, rule, value: before + value });
    }
  }

  /** What was counted since the last call, for the event log. */
  takeCounts(): readonly (Count & { readonly service: string })[] {
    const counts = [...this.#untaken.values()];
    this.#untaken.clear();
    return counts;
  }

  /** Sum since the start of the process. */
  total(name: CounterName, dataset: string, rule = ''): number {
    return this.#totals.get(`${name}|${dataset}|${rule}`) ?? 0;
  }

  batchDone(service: string, figures: BatchFigures): void {
    const labels = { pipeline: this.#pipeline, service };
    this.#batchSeconds.observe(labels, figures.batchSeconds);
    this.#insertSeconds.observe(labels, figures.insertSeconds);
    this.#stateBytes.set(labels, figures.stateBytes);
    this.#stateKeys.set(labels, figures.stateKeys);
  }

  /** Measures freshness, and what each hop has of it. Clocks of several machines may make a hop negative: it is left out. */
  visible(records: Visible, { takenAt, writtenAt }: { readonly takenAt: number; readonly writtenAt: number }): void {
    const { timestamps, silverTookSum } = records;
    this.freshness.observe(timestamps, writtenAt);
    const sent = timestamps.reduce((sum, timestamp) => sum + timestamp, 0);
    const taken = timestamps.length * takenAt;
    const milliseconds = [silverTookSum - sent, taken - silverTookSum, timestamps.length * writtenAt - taken];
    HOPS.forEach((hop, index) => {
      this.#hopSeconds.inc({ pipeline: this.#pipeline, hop }, Math.max(0, milliseconds[index]!) / 1000);
    });
  }

  lag(service: string, { records, seconds }: { readonly records: number; readonly seconds: number }): void {
    const labels = { pipeline: this.#pipeline, service };
    this.#lagRecords.set(labels, records);
    this.#lagSeconds.set(labels, seconds);
  }

  /** prom-client's histogram takes one observation a call; a batch has thousands, so its series are filled on scrape. */
  #exportFreshness(): void {
    const { freshness } = this;
    const pipeline = this.#pipeline;
    const bucket = new Gauge({
      name: 'tillstream_freshness_seconds_bucket',
      help: "From a till record's timestamp to its effect on gold being readable, cumulated by upper bound",
      labelNames: ['pipeline', 'le'],
      registers: [this.registry],
      collect() {
        let cumulated = 0;
        for (const [index, count] of freshness.counts.entries()) {
          cumulated += count;
          bucket.set({ pipeline, le: String(FRESHNESS_BOUNDS_SECONDS[index] ?? '+Inf') }, cumulated);
        }
      },
    });
    const figure = (name: string, help: string, read: () => number): void => {
      const gauge = new Gauge({
        name,
        help,
        labelNames: ['pipeline'],
        registers: [this.registry],
        collect() {
          gauge.set({ pipeline }, read());
        },
      });
    };
    figure('tillstream_freshness_seconds_sum', 'Sum of freshness in seconds', () => freshness.sumSeconds);
    figure('tillstream_freshness_seconds_count', 'Records whose freshness was measured', () => freshness.total);
  }
}
