import { toConditions, type Verdict } from '../resources/condition.ts';
import type { Pipeline, PipelineStatus, StageStatus } from '../resources/pipeline.ts';
import { resultOf } from '../resources/pipeline-run.ts';
import type { ScalingDecision } from '../scaling/index.ts';
import { lagOf, type StageMeasure } from '../servers/snapshot.ts';
import { eraOf } from './era.ts';
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
      era: eraOf(pipeline, observed),
      activeRun: parts.activeRun,
      drain: drainOf(pipeline, observed, parts.activity),
      referenceData: servers.referenceData ?? before.referenceData,
      requestedAt: metadata.annotations?.[REQUESTED_AT],
      lastRun: lastRunOf(observed) ?? before.lastRun,
    }),
  };
}

function stageStatus(pipeline: Pipeline, observed: Observed, { name }: WorkerStage, parts: StatusParts): StageStatus {
  const deployment = observed.deployments.get(name);
  const current = deployment?.wantedReplicas ?? 0;
  const wanted = parts.wanted.get(name) ?? current;
  return {
    name,
    replicas: deployment?.replicas ?? 0,
    readyReplicas: deployment?.readyReplicas ?? 0,
    desiredReplicas: wanted,
    ...lagFigures(observed.servers.measured?.stages.get(name)),
    ...scalingFigures(observed.scaling.get(name)),
    ...lastScaling(pipeline, observed, { name, current, wanted, isRunning: parts.activity === 'Run' }),
    ...defined({ error: parts.failures.get(name) }),
  };
}

function lagFigures(measure: StageMeasure | undefined): Partial<StageStatus> {
  if (measure === undefined) return {};
  const { records, seconds } = lagOf(measure);
  return { lagRecords: rounded(records), lagSeconds: rounded(seconds) };
}

function scalingFigures(decision: ScalingDecision | undefined): Partial<StageStatus> {
  if (decision === undefined) return {};
  const { processingRate, busyRatio, podCapacity } = decision.figures ?? {};
  return defined({
    recommendedReplicas: decision.recommended,
    recordsPerSecond: processingRate === undefined ? undefined : rounded(processingRate),
    utilizationPercent: busyRatio === undefined ? undefined : rounded(busyRatio * 100),
    recordsPerSecondPerPod: podCapacity === undefined ? undefined : rounded(podCapacity),
  });
}

type Scaling = {
  readonly name: string;
  readonly current: number;
  readonly wanted: number;
  readonly isRunning: boolean;
};

/** Starting and stopping is no scaling, and a step is noted once. */
function lastScaling(
  { status }: Pipeline,
  observed: Observed,
  { name, current, wanted, isRunning }: Scaling,
): Partial<StageStatus> {
  const known = status.stages?.find((stage) => stage.name === name);
  const isStep = isRunning && current > 0 && wanted !== current && known?.desiredReplicas !== wanted;
  if (!isStep) return defined({ lastScaleTime: known?.lastScaleTime, lastScaleReason: known?.lastScaleReason });
  return {
    lastScaleTime: new Date(observed.now).toISOString(),
    lastScaleReason: `from ${current} to ${wanted} pods: ${reasonOf(observed.scaling.get(name), wanted)}`,
  };
}

function reasonOf(decision: ScalingDecision | undefined, wanted: number): string {
  const isDecided = decision !== undefined && decision.action !== 'Hold' && decision.replicas === wanted;
  return isDecided ? decision.message : 'the limits are other ones';
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
