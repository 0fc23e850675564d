import type { ObjectEvent } from '../kubernetes/event-recorder.ts';
import { isFalse, isTrue, isUnknown, toConditions, type Verdict } from '../resources/condition.ts';
import type { PipelineRun, PipelineRunStatus } from '../resources/pipeline-run.ts';

/** What a run's status becomes. */
export type RunUpdate = {
  readonly run: PipelineRun;
  readonly status: PipelineRunStatus;
  /** Told with it, besides those of its beginning and end. */
  readonly events?: readonly ObjectEvent[];
};

export function waiting(run: PipelineRun, now: number, reason: string, message: string): RunUpdate {
  return update(run, now, isUnknown(reason, message));
}

export function started(
  run: PipelineRun,
  now: number,
  targets: PipelineRunStatus['targets'],
  message: string,
): RunUpdate {
  const startTime = new Date(now).toISOString();
  return update(run, now, isUnknown('Running', message), { startTime, ...(targets === undefined ? {} : { targets }) });
}

export function goesOn(
  run: PipelineRun,
  now: number,
  message: string,
  status: Partial<PipelineRunStatus> = {},
): RunUpdate {
  return update(run, now, isUnknown('Running', message), status);
}

export function succeeded(
  run: PipelineRun,
  now: number,
  message: string,
  status: Partial<PipelineRunStatus> = {},
): RunUpdate {
  return ended(run, now, isTrue('Succeeded', message), status);
}

export function failed(run: PipelineRun, now: number, reason: string, message: string): RunUpdate {
  return ended(run, now, isFalse(reason, message), {});
}

function ended(run: PipelineRun, now: number, verdict: Verdict, status: Partial<PipelineRunStatus>): RunUpdate {
  return update(run, now, verdict, { ...status, completionTime: new Date(now).toISOString() });
}

function update(run: PipelineRun, now: number, verdict: Verdict, news: Partial<PipelineRunStatus> = {}): RunUpdate {
  const { conditions = [] } = run.status;
  const stamp = { generation: run.metadata.generation ?? 1, now };
  return {
    run,
    status: { ...run.status, ...news, conditions: [...toConditions({ Succeeded: verdict }, conditions, stamp)] },
  };
}
