import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Metrics of the operator's process. */
export class OperatorMetrics {
  readonly registry = new Registry();
  readonly #shared = { registers: [this.registry] };
  readonly #reconciles = new Counter({
    ...this.#shared,
    name: 'tillstream_operator_reconciles_total',
    help: 'Pipelines looked at, by outcome',
    labelNames: ['outcome'],
  });
  readonly #reconcileSeconds = new Histogram({
    ...this.#shared,
    name: 'tillstream_operator_reconcile_seconds',
    help: 'Time that looking at a Pipeline took',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  readonly #watchRestarts = new Counter({
    ...this.#shared,
    name: 'tillstream_operator_watch_restarts_total',
    help: 'Watches that failed and were started again',
    labelNames: ['kind', 'reason'],
  });
  readonly #requests = new Counter({
    ...this.#shared,
    name: 'tillstream_operator_api_requests_total',
    help: 'Answers of the Kubernetes API',
    labelNames: ['method', 'code'],
  });
  readonly #missedRuns = new Counter({
    ...this.#shared,
    name: 'tillstream_operator_missed_runs_total',
    help: 'Times at which runs that were due were not started',
    labelNames: ['namespace', 'pipeline'],
  });
  readonly #events = new Counter({
    ...this.#shared,
    name: 'tillstream_operator_events_total',
    help: 'What was told of a Pipeline, by reason: steps of scaling, runs, conditions that changed',
    labelNames: ['namespace', 'pipeline', 'reason'],
  });
  readonly #ready = this.#gauge('tillstream_pipeline_ready', 'Whether a Pipeline is Ready', ['namespace', 'pipeline']);
  readonly #replicas = this.#gauge('tillstream_autoscaler_replicas', 'Pods that a stage is to have', STAGE_LABELS);
  readonly #readyReplicas = this.#gauge('tillstream_autoscaler_ready_replicas', 'Pods that are ready', STAGE_LABELS);
  readonly #lag = this.#gauge(
    'tillstream_autoscaler_lag_seconds',
    'Age of the oldest record that a stage has not done, as Kafka tells it',
    STAGE_LABELS,
  );
  readonly #recommended = this.#gauge(
    'tillstream_autoscaler_recommended_replicas',
    'Pods that the figures call for',
    STAGE_LABELS,
  );
  readonly #limited = this.#gauge('tillstream_autoscaler_limited', 'Whether more pods are wanted than the stages get', [
    'namespace',
    'pipeline',
    'reason',
  ]);
  readonly #active = this.#gauge('tillstream_autoscaler_active', 'Whether the figures to scale by are there', [
    'namespace',
    'pipeline',
  ]);

  /** What each Pipeline shows now: labels are removed by all of their values only. */
  readonly #shown = new Map<string, PipelineFigures>();
  /** Reasons of the events of each Pipeline. */
  readonly #reasons = new Map<string, Set<string>>();

  constructor(state: {
    readonly isLeading: () => boolean;
    readonly queueDepth: () => number;
    readonly silentSeconds: () => number;
  }) {
    this.#read('tillstream_operator_leader', 'Whether this replica leads', () => Number(state.isLeading()));
    this.#read('tillstream_operator_queue_depth', 'Pipelines that wait to be looked at', state.queueDepth);
    this.#read(
      'tillstream_operator_watch_silence_seconds',
      'Since the most silent watch was heard of',
      state.silentSeconds,
    );
    collectDefaultMetrics({ register: this.registry, labels: { service: 'orchestrator' } });
  }

  reconciled(outcome: 'done' | 'failed', seconds: number): void {
    this.#reconciles.inc({ outcome });
    this.#reconcileSeconds.observe(seconds);
  }

  watchRestarted(kind: string, reason: string): void {
    this.#watchRestarts.inc({ kind, reason });
  }

  answered(method: string, code: number): void {
    this.#requests.inc({ method, code: String(code) });
  }

  /** `reason` is that of an event. */
  told(pipeline: PipelineLabels, reason: string): void {
    this.#events.inc({ ...pipeline, reason });
    const reasons = this.#reasons.get(keyOf(pipeline)) ?? new Set();
    this.#reasons.set(keyOf(pipeline), reasons.add(reason));
    if (reason === 'MissedSchedule') this.#missedRuns.inc({ ...pipeline });
  }

  pipeline(labels: PipelineLabels, figures: PipelineFigures): void {
    this.#hide(labels);
    this.#shown.set(keyOf(labels), figures);
    this.#ready.set({ ...labels }, Number(figures.isReady));
    if (figures.isScalingActive !== undefined) this.#active.set({ ...labels }, Number(figures.isScalingActive));
    if (figures.limitedBy !== undefined) this.#limited.set({ ...labels, reason: figures.limitedBy }, 1);
    for (const { name, desired, ready, recommended, lagSeconds } of figures.stages) {
      this.#replicas.set({ ...labels, stage: name }, desired);
      this.#readyReplicas.set({ ...labels, stage: name }, ready);
      if (lagSeconds !== undefined) this.#lag.set({ ...labels, stage: name }, lagSeconds);
      if (recommended !== undefined) this.#recommended.set({ ...labels, stage: name }, recommended);
    }
  }

  /** One that is gone: its last figures would stay for ever. */
  forget(labels: PipelineLabels): void {
    this.#hide(labels);
    this.#missedRuns.remove({ ...labels });
    for (const reason of this.#reasons.get(keyOf(labels)) ?? []) this.#events.remove({ ...labels, reason });
    this.#reasons.delete(keyOf(labels));
  }

  #hide(labels: PipelineLabels): void {
    const key = keyOf(labels);
    const { limitedBy, stages = [] } = this.#shown.get(key) ?? {};
    this.#shown.delete(key);
    this.#ready.remove({ ...labels });
    this.#active.remove({ ...labels });
    if (limitedBy !== undefined) this.#limited.remove({ ...labels, reason: limitedBy });
    for (const { name: stage } of stages) {
      this.#replicas.remove({ ...labels, stage });
      this.#readyReplicas.remove({ ...labels, stage });
      this.#lag.remove({ ...labels, stage });
      this.#recommended.remove({ ...labels, stage });
    }
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ ...this.#shared, name, help, labelNames });
  }

  #read(name: string, help: string, value: () => number): void {
    const gauge: Gauge = new Gauge({ ...this.#shared, name, help, collect: () => gauge.set(value()) });
  }
}

function keyOf({ namespace, pipeline }: PipelineLabels): string {
  return `${namespace}/${pipeline}`;
}

const STAGE_LABELS = ['namespace', 'pipeline', 'stage'] as const;

export type PipelineLabels = { readonly namespace: string; readonly pipeline: string };

export type PipelineFigures = {
  readonly isReady: boolean;
  readonly isScalingActive: boolean | undefined;
  readonly limitedBy: string | undefined;
  readonly stages: readonly {
    readonly name: string;
    readonly desired: number;
    readonly ready: number;
    /** Undefined until it was measured. */
    readonly lagSeconds: number | undefined;
    readonly recommended: number | undefined;
  }[];
};
