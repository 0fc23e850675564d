import { isPaused, PAUSE_RECONCILIATION } from '../plan/labels.ts';
import type { Observed } from '../plan/observed.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import { isRunning, resultOf, type PipelineRun } from '../resources/pipeline-run.ts';
import type { RefreshTask } from '../servers/refresh-work.ts';
import { fullRefresh, type FullRefreshPlan } from './full-refresh.ts';
import { refresh } from './refresh.ts';
import { failed, goesOn, started, waiting, type RunUpdate } from './run-outcome.ts';

/** What is done with the runs of a pipeline now: one at a time, the oldest first. */
export type RunsPlan = {
  readonly active: PipelineRun | undefined;
  readonly updates: readonly RunUpdate[];
  /** Has been started, and is done by asking others. */
  readonly perform: PipelineRun | undefined;
  /** Of the active run, to be done in the background. */
  readonly work: RefreshTask | undefined;
  /** Finished ones that are not kept any longer. */
  readonly forget: readonly PipelineRun[];
};

export function planRuns(pipeline: Pipeline, observed: Observed): RunsPlan {
  const { runs, now } = observed;
  const open = runs.filter((run) => resultOf(run) === undefined && run.metadata.deletionTimestamp === undefined);
  const active = open.find(isRunning) ?? open[0];
  const queued = open.filter((run) => run !== active);
  const waits = queued.map((run) => waiting(run, now, 'Waiting', `${active!.metadata.name} is done first`));
  const forget = superfluous(pipeline, runs);
  if (active === undefined) return { active, updates: [], perform: undefined, work: undefined, forget };
  const { update, perform, work } = next(active, pipeline, observed);
  return { active, updates: [...(update === undefined ? [] : [update]), ...waits], perform, work, forget };
}

type Step = Pick<RunsPlan, 'perform' | 'work'> & { readonly update: RunUpdate | undefined };

function next(run: PipelineRun, pipeline: Pipeline, observed: Observed): Step {
  const { now } = observed;
  const only = (update: RunUpdate): Step => ({ update, perform: undefined, work: undefined });
  const { startTime } = run.status;
  const { deadlineSeconds = Infinity, type } = run.spec;
  if (startTime !== undefined && now - Date.parse(startTime) > deadlineSeconds * 1000) {
    return only(failed(run, now, 'DeadlineExceeded', `it took longer than ${deadlineSeconds} s`));
  }
  const hindrance = type === 'Validate' ? undefined : hindranceOf(pipeline, observed);
  if (hindrance !== undefined && startTime === undefined) return only(waiting(run, now, ...hindrance));
  if (type === 'Refresh') return only(refresh(run, pipeline, observed));
  if (type === 'FullRefresh') return { perform: undefined, work: undefined, ...nextOfFull(run, pipeline, observed) };
  if (startTime === undefined) return only(started(run, now, undefined, 'started'));
  return { update: undefined, perform: run, work: undefined };
}

/** It stands still while the pipeline does. */
function nextOfFull(run: PipelineRun, pipeline: Pipeline, observed: Observed): FullRefreshPlan {
  const hindrance = hindranceOf(pipeline, observed);
  if (hindrance !== undefined) return { update: goesOn(run, observed.now, hindrance[1]) };
  return fullRefresh({ run, pipeline, observed });
}

function hindranceOf(pipeline: Pipeline, observed: Observed): [reason: string, message: string] | undefined {
  const { servers, missing } = observed;
  if (isPaused(pipeline, PAUSE_RECONCILIATION, observed.now)) return ['Paused', 'the operator has its hands off'];
  if (pipeline.spec.suspend) return ['Suspended', 'the pipeline is suspended'];
  if (missing.length > 0 || servers.setUp.state !== 'Done') return ['SettingUp', 'the pipeline is not set up yet'];
  return undefined;
}

function superfluous({ spec }: Pipeline, runs: readonly PipelineRun[]): readonly PipelineRun[] {
  const succeeded = runs.filter((run) => resultOf(run) === 'Succeeded');
  const others = runs.filter((run) => ['Failed', 'Cancelled'].includes(resultOf(run) ?? ''));
  return [...allBut(spec.history.succeededRuns, succeeded), ...allBut(spec.history.failedRuns, others)];
}

/** Without the latest. */
function allBut(count: number, runs: readonly PipelineRun[]): readonly PipelineRun[] {
  return runs.slice(0, Math.max(0, runs.length - count));
}
