import type { DesiredObject } from '../kubernetes/applier.ts';
import type { ObjectEvent } from '../kubernetes/event-recorder.ts';
import { DISRUPTION_BUDGETS, JOBS } from '../kubernetes/kinds.ts';
import type { ObjectName, ObjectToWrite, ResourceKind } from '../kubernetes/object.ts';
import { isFalse, isTrue, type Condition, type Verdict } from '../resources/condition.ts';
import type { Pipeline, PipelineStatus } from '../resources/pipeline.ts';
import type { JobView } from '../resources/workload.ts';
import { planRuns, type RunsPlan } from '../runs/plan-runs.ts';
import type { RunUpdate } from '../runs/run-outcome.ts';
import { planScheduledRun, type ScheduledRunPlan } from '../runs/plan-scheduled-run.ts';
import {
  accepted,
  drained,
  generatorDone,
  lagWithinTarget,
  partReady,
  progressing,
  ready,
  scalingConditions,
  stagesAvailable,
  stalled,
} from './conditions.ts';
import { goldEra } from './era.ts';
import { isPaused, PAUSE_RECONCILIATION, REQUESTED_AT } from './labels.ts';
import type { Observed } from './observed.ts';
import { activityOf, exhaustedStages, wantedReplicas } from './running.ts';
import { WORKER_STAGES, type WorkerStage } from './stages.ts';
import { statusOf, type StatusParts } from './status.ts';
import { transitionEvents } from './transitions.ts';
import { disruptionBudget, generatorJob, stageDeployment } from './workloads.ts';

/** What is to be done for a Pipeline. */
export type Plan = {
  /** Whether stages, others and deletions are carried out; otherwise they are what would be. */
  readonly mayTouch: boolean;
  /** `replicas` is what a Deployment is scaled to, before the rest of it is applied; undefined leaves it. */
  readonly stages: readonly StagePlan[];
  readonly others: readonly DesiredObject[];
  readonly deletions: readonly { readonly kind: ResourceKind; readonly name: ObjectName }[];
  readonly createRun: ObjectToWrite | undefined;
  readonly runs: RunsPlan;
  readonly cancelled: readonly RunUpdate[];
  readonly status: PipelineStatus;
  readonly events: readonly ObjectEvent[];
};

export type StagePlan = {
  readonly stage: WorkerStage;
  readonly replicas: number | undefined;
  /** As it is applied when it is there, and when it is not. */
  readonly existing: DesiredObject;
  readonly initial: DesiredObject;
};

export function planPipeline(pipeline: Pipeline, observed: Observed): Plan {
  const before = pipeline.status.conditions ?? [];
  const paused = isPaused(pipeline, PAUSE_RECONCILIATION, observed.now);
  const accept = accepted(pipeline, observed);
  const isUsable = accept.status === 'True' && !paused;
  const scheduled = isUsable ? planScheduledRun(pipeline, observed) : untouchedSchedule(pipeline);
  const left = observed.runs.filter((run) => !scheduled.cancelled.some((cancelled) => cancelled.run === run));
  const runs = planRuns(pipeline, { ...observed, runs: left });
  const activity = activityOf(pipeline, left);
  const failures = stalledStages(pipeline, observed);
  const wanted = paused ? NOTHING_WANTED : wantedReplicas(pipeline, observed, new Set(failures.keys()));
  const workloads = workloadsOf(pipeline, observed, wanted);
  const status = statusOf(pipeline, observed, {
    verdicts: verdictsOf(pipeline, observed, {
      accept,
      paused,
      activity,
      wanted,
      failures,
      generator: jobIn(workloads, observed),
    }),
    activity,
    wanted,
    failures,
    activeRun: runs.active?.metadata.name,
    schedule: scheduled.status,
  });
  const isSetUp = observed.servers.setUp.state === 'Done' || observed.deployments.size > 0;
  return {
    mayTouch: isUsable && isSetUp,
    ...workloads,
    runs,
    createRun: scheduled.create,
    cancelled: scheduled.cancelled,
    status,
    events: [
      ...scheduled.events,
      ...transitionEvents(before, status.conditions ?? []),
      ...scalingEvents(pipeline, status),
      ...recommendationEvents(pipeline, observed),
    ],
  };
}

type Findings = Pick<StatusParts, 'activity' | 'wanted' | 'failures'> & {
  readonly accept: Verdict;
  readonly paused: boolean;
  readonly generator: JobView | undefined;
};

/** The Job of what the generator is to send now. */
function jobIn({ others }: Pick<Plan, 'others'>, { jobs }: Observed): JobView | undefined {
  const wanted = others.find(({ kind }) => kind === JOBS)?.object.metadata.name;
  return jobs.find(({ metadata }) => metadata.name === wanted);
}

function verdictsOf(pipeline: Pipeline, observed: Observed, found: Findings): Readonly<Record<string, Verdict>> {
  const { activity, wanted, failures } = found;
  const before = (type: string): Condition | undefined => pipeline.status.conditions?.find((one) => one.type === type);
  const verdicts = {
    Accepted: found.accept,
    TopicsReady: partReady('Topics', observed, before('TopicsReady')),
    StorageReady: partReady('Storage', observed, before('StorageReady')),
    StagesAvailable: stagesAvailable(observed, activity, wanted),
    LagWithinTarget: lagWithinTarget(pipeline, observed, activity),
    ...scalingConditions(pipeline, observed, activity),
    Drained: drained(pipeline, observed, activity),
    ReconciliationPaused: found.paused
      ? isTrue('Annotated', `nothing is changed while ${PAUSE_RECONCILIATION} says so`)
      : isFalse('NotPaused', ''),
    Progressing: progressing(observed),
    Stalled: stalled(failures),
  };
  const generator = generatorDone(pipeline, observed, found.generator, before('GeneratorDone'));
  return {
    Ready: ready(verdicts, activity),
    ...verdicts,
    ...(generator === undefined ? {} : { GeneratorDone: generator }),
  };
}

const NOTHING_WANTED: ReadonlyMap<string, undefined> = new Map();

/** What is kept of a schedule while nothing is done. */
function untouchedSchedule({ status }: Pipeline): ScheduledRunPlan {
  const { schedule, lastScheduleTime, nextScheduleTime } = status;
  const known = { schedule, lastScheduleTime, nextScheduleTime };
  const kept = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { create: undefined, cancelled: [], events: [], status: kept };
}

function workloadsOf(
  pipeline: Pipeline,
  observed: Observed,
  wanted: ReadonlyMap<string, number | undefined>,
): Pick<Plan, 'stages' | 'others' | 'deletions'> {
  const { image, defaults, secrets } = observed;
  const basis = { pipeline, image, defaults, secrets, gold: goldEra(pipeline, observed) };
  const stages = WORKER_STAGES.map((stage) => {
    const replicas = wanted.get(stage.name);
    return {
      stage,
      replicas,
      existing: stageDeployment(basis, stage),
      initial: stageDeployment(basis, stage, replicas ?? 1),
    };
  });
  const budgets = WORKER_STAGES.map((stage) => ({ stage, budget: disruptionBudget(pipeline, stage) }));
  const generator = generatorJob(basis, pipeline.spec.suspend);
  const wantedObjects = [...budgets.map(({ budget }) => budget), generator].filter((object) => object !== undefined);
  const oldJobs = observed.jobs.filter(({ metadata }) => metadata.name !== generator?.object.metadata.name);
  const oldBudgets = budgets.flatMap(({ stage, budget }) =>
    budget === undefined ? (observed.budgets.get(stage.name) ?? []) : [],
  );
  return {
    stages,
    others: wantedObjects,
    deletions: [
      ...oldJobs.map(({ metadata }) => ({ kind: JOBS, name: metadata })),
      ...oldBudgets.map(({ metadata }) => ({ kind: DISRUPTION_BUDGETS, name: metadata })),
    ],
  };
}

/** Those that are stopped because they failed too often: until the Pipeline is changed, or asked to try again. */
function stalledStages(pipeline: Pipeline, observed: Observed): ReadonlyMap<string, string> {
  const { metadata, spec, status } = pipeline;
  if (spec.mode === 'Triggered' || spec.suspend) return new Map();
  const isSame =
    status.observedGeneration === metadata.generation && status.requestedAt === metadata.annotations?.[REQUESTED_AT];
  const known = (status.stages ?? []).flatMap(({ name, error }) =>
    error === undefined ? [] : [[name, error] as const],
  );
  return new Map([...(isSame ? known : []), ...exhaustedStages(pipeline, observed)]);
}

/** What an autoscaler would do that only recommends: each number once. */
function recommendationEvents({ status }: Pipeline, { scaling }: Observed): readonly ObjectEvent[] {
  return [...scaling].flatMap(([name, { reason, recommended, message }]) => {
    const known = status.stages?.find((stage) => stage.name === name)?.recommendedReplicas;
    if (reason !== 'RecommendOnly' || recommended === known) return [];
    const repeatKey = `${name} ${recommended}`;
    return [
      { type: 'Normal', reason: 'ScalingRecommended', action: 'Scale', message: `${name}: ${message}`, repeatKey },
    ];
  });
}

function scalingEvents({ status: before }: Pipeline, { stages = [] }: PipelineStatus): readonly ObjectEvent[] {
  return stages.flatMap(({ name, desiredReplicas = 0, lastScaleTime, lastScaleReason = '' }) => {
    const known = before.stages?.find((stage) => stage.name === name);
    if (lastScaleTime === undefined || lastScaleTime === known?.lastScaleTime) return [];
    const reason = desiredReplicas > (known?.desiredReplicas ?? 0) ? 'ScaledUp' : 'ScaledDown';
    return [{ type: 'Normal', reason, action: 'Scale', message: `${name} ${lastScaleReason}` }];
  });
}
