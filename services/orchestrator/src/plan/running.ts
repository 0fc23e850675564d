import type { Pipeline } from '../resources/pipeline.ts';
import { isRunning, type PipelineRun } from '../resources/pipeline-run.ts';
import { lagOf } from '../servers/snapshot.ts';
import type { Observed } from './observed.ts';
import { podsOf } from './observed.ts';
import { BRONZE, GOLD, SILVER, WORKER_STAGES, type WorkerStage } from './stages.ts';

/** What the pods of a pipeline are for now. `Warm`: nothing to do, but they stay for the next run. */
export type Activity = 'Run' | 'Idle' | 'Warm' | 'Drain';

export function activityOf({ spec }: Pipeline, runs: readonly PipelineRun[]): Activity {
  if (spec.suspend) return 'Drain';
  if (spec.mode === 'Continuous' || runs.some(isProcessing)) return 'Run';
  return spec.environment === 'Development' ? 'Warm' : 'Idle';
}

function isProcessing(run: PipelineRun): boolean {
  return isRunning(run) && ['Refresh', 'FullRefresh'].includes(run.spec.type);
}

/** A run gives up after so many restarts when nothing else is said. */
const RUN_RESTARTS = 5;
/**
 * At Kubernetes' longest pause of 5 minutes more than a day. Less would stop stages for servers that are away for a
 * night, and come back by themselves.
 */
const CONTINUOUS_RESTARTS = 300;
/** Kubernetes' pauses begin anew with a container that ran for so long: it was well. */
const WELL_SECONDS = 600;

/** How often a pod may be restarted. */
function restartLimit({ spec }: Pipeline): number {
  if (spec.restartLimit !== undefined) return spec.restartLimit;
  if (spec.environment === 'Development') return 0;
  return spec.mode === 'Triggered' ? RUN_RESTARTS : CONTINUOUS_RESTARTS;
}

/** Stages with a pod that failed more often than it may, and its last words. */
export function exhaustedStages(pipeline: Pipeline, observed: Observed): ReadonlyMap<string, string> {
  const limit = restartLimit(pipeline);
  // A pod that lives for a year has restarts of a year, which are no reason to stop it.
  const { mode, environment } = pipeline.spec;
  const isForgiving = mode === 'Continuous' && environment === 'Production';
  const failures = WORKER_STAGES.flatMap(({ name }) => {
    // The first failure is a restart of the container, too.
    const failed = podsOf(observed, name).find(({ error, restarts, ranSeconds }) => {
      return error !== undefined && restarts > limit && !(isForgiving && ranSeconds >= WELL_SECONDS);
    });
    return failed === undefined ? [] : [[name, failed.error!] as const];
  });
  return new Map(failures);
}

/** How many pods a stage is to have; undefined leaves it to others, or as it is. */
export function wantedReplicas(
  pipeline: Pipeline,
  observed: Observed,
  stalled: ReadonlySet<string>,
): ReadonlyMap<string, number | undefined> {
  const activity = activityOf(pipeline, observed.runs);
  const wanted = (stage: WorkerStage): number | undefined => {
    if (stalled.has(stage.name)) return 0;
    switch (activity) {
      case 'Run':
        return running(pipeline, observed, stage);
      case 'Idle':
        return 0;
      case 'Warm':
        return observed.deployments.has(stage.name) ? undefined : 0;
      case 'Drain':
        return draining(pipeline, observed, stage);
    }
  };
  return new Map(WORKER_STAGES.map((stage) => [stage.name, wanted(stage)]));
}

function running(pipeline: Pipeline, observed: Observed, stage: WorkerStage): number | undefined {
  const { replicas, scaling } = pipeline.spec.stages[stage.field];
  const most = Math.min(replicas.max, pipeline.spec.kafka.partitions);
  const least = Math.min(Math.max(1, replicas.min), most);
  const current = observed.deployments.get(stage.name)?.wantedReplicas ?? 0;
  if (scaling.policy === 'Fixed' || current === 0) return least;
  if (!isAutoscaled(pipeline, stage)) return undefined;
  const decision = observed.scaling.get(stage.name);
  const wanted = decision?.action === 'Up' || decision?.action === 'Down' ? decision.replicas : current;
  return Math.min(Math.max(wanted, least), most);
}

/** Whether what the autoscaler decides is done; otherwise it is only said. */
export function isAutoscaled({ spec }: Pipeline, { field }: WorkerStage): boolean {
  return spec.stages[field].scaling.policy === 'Auto' && spec.environment === 'Production';
}

/** Sources first. Gold goes on until it has everything that they published, or its time is over. */
function draining(pipeline: Pipeline, observed: Observed, stage: WorkerStage): number | undefined {
  if (stage.field !== 'gold' || isDrained(pipeline, observed) || isDrainOver(pipeline, observed)) return 0;
  return undefined;
}

export function haveSourcesStopped({ deployments }: Observed): boolean {
  return [BRONZE, SILVER].every(({ name }) => (deployments.get(name)?.replicas ?? 0) === 0);
}

/** Whether gold has everything that silver published before it stopped. */
export function isDrained({ status }: Pipeline, { servers: { measured } }: Observed): boolean {
  const stoppedAt = status.drain?.sourcesStoppedAt;
  const gold = measured?.stages.get(GOLD.name);
  if (stoppedAt === undefined || gold === undefined || measured!.atMs < Date.parse(stoppedAt)) return false;
  return lagOf(gold).records === 0;
}

function isDrainOver({ spec, status }: Pipeline, { now }: Observed): boolean {
  const startedAt = status.drain?.startedAt;
  return startedAt !== undefined && now - Date.parse(startedAt) > spec.drainSeconds * 1000;
}
