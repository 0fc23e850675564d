import { toConditions, type Verdict } from '../resources/condition.ts';
import type { Pipeline, PipelineStatus, StageStatus } from '../resources/pipeline.ts';
import { resultOf } from '../resources/pipeline-run.ts';
import { lagOf } from '../servers/snapshot.ts';
import { REQUESTED_AT } from './labels.ts';
import type { Observed } from './observed.ts';
import { haveSourcesStopped, type Activity } from './running.ts';
import { WORKER_STAGES, type WorkerStage } from './stages.ts';

export type StatusParts = {
  readonly verdicts: Readonly<Record<string, Verdict>>;
  readonly activity: Activity;
  readonly wanted: ReadonlyMap<string, number | undefined>;
  /** Stages that are stopped because they failed, with their last words. */
  readonly failures: ReadonlyMap<string, string>;
  readonly activeRun: string | undefined;
  readonly schedule: Pick<PipelineStatus, 'schedule' | 'lastScheduleTime' | 'nextScheduleTime'>;
};

/** The status that the Pipeline is to have. Figures have two digits, so that it is not written for noise. */
export function statusOf(pipeline: Pipeline, observed: Observed, parts: StatusParts): PipelineStatus {
  const { metadata, status: before } = pipeline;
  const { now, servers } = observed;
  const generation = metadata.generation ?? 1;
  const stages = WORKER_STAGES.map((stage) => stageStatus(pipeline, observed, stage, parts));
  const lags = stages.filter(({ lagRecords }) => lagRecords !== undefined);
  return {
    observedGeneration: generation,
    conditions: [...toConditions(parts.verdicts, before.conditions ?? [], { generation, now })],
    replicas: stages.reduce((sum, { replicas = 0 }) => sum + replicas, 0),
    ...(lags.length === 0 ? {} : { lag: sumOf(lags) }),
    stages,
    ...parts.schedule,
    ...defined({
      activeRun: parts.activeRun,
      drain: drainOf(pipeline, observed, parts.activity),
      referenceData: servers.referenceData ?? before.referenceData,
      requestedAt: metadata.annotations?.[REQUESTED_AT],
      lastRun: lastRunOf(observed) ?? before.lastRun,
    }),
  };
}

function stageStatus(
  { status: before }: Pipeline,
  observed: Observed,
  { name }: WorkerStage,
  parts: StatusParts,
): StageStatus {
  const deployment = observed.deployments.get(name);
  const measure = observed.servers.measured?.stages.get(name);
  const decision = observed.scaling.get(name);
  const known = before.stages?.find((stage) => stage.name === name);
  const current = deployment?.wantedReplicas ?? 0;
  const wanted = parts.wanted.get(name) ?? current;
  const isScaled = parts.activity === 'Run' && current > 0 && wanted !== current && known?.desiredReplicas !== wanted;
  const lag = measure === undefined ? undefined : lagOf(measure);
  const figures = decision?.figures;
  return {
    name,
    replicas: deployment?.replicas ?? 0,
    readyReplicas: deployment?.readyReplicas ?? 0,
    desiredReplicas: wanted,
    ...defined({
      recommendedReplicas: decision?.recommended,
      lagRecords: lag && rounded(lag.records),
      lagSeconds: lag && rounded(lag.seconds),
      recordsPerSecond: figures && rounded(figures.processingRate),
      utilizationPercent: figures?.busyRatio === undefined ? undefined : rounded(figures.busyRatio * 100),
      recordsPerSecondPerPod: figures?.podCapacity === undefined ? undefined : rounded(figures.podCapacity),
      lastScaleTime: isScaled ? new Date(observed.now).toISOString() : known?.lastScaleTime,
      lastScaleReason: isScaled ? (decision?.message ?? 'within the limits') : known?.lastScaleReason,
      error: parts.failures.get(name),
    }),
  };
}

function sumOf(stages: readonly StageStatus[]): { readonly records: number; readonly seconds: number } {
  return {
    records: rounded(stages.reduce((sum, { lagRecords = 0 }) => sum + lagRecords, 0)),
    seconds: Math.max(...stages.map(({ lagSeconds = 0 }) => lagSeconds)),
  };
}

function drainOf({ status }: Pipeline, observed: Observed, activity: Activity): PipelineStatus['drain'] {
  if (activity !== 'Drain') return undefined;
  const now = new Date(observed.now).toISOString();
  const { startedAt, sourcesStoppedAt } = status.drain ?? { startedAt: now };
  const stoppedAt = sourcesStoppedAt ?? (haveSourcesStopped(observed) ? now : undefined);
  return { startedAt, ...(stoppedAt === undefined ? {} : { sourcesStoppedAt: stoppedAt }) };
}

function lastRunOf({ runs }: Observed): PipelineStatus['lastRun'] {
  const ended = runs.filter((run) => resultOf(run) !== undefined && run.status.completionTime !== undefined);
  const last = ended.toSorted((a, b) => a.status.completionTime!.localeCompare(b.status.completionTime!)).at(-1);
  if (last === undefined) return undefined;
  const { metadata, spec, status } = last;
  return { name: metadata.name, type: spec.type, result: resultOf(last)!, completionTime: status.completionTime! };
}

/** To two digits. */
function rounded(value: number): number {
  return Math.round(Number(value.toPrecision(2)));
}

function defined<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}
