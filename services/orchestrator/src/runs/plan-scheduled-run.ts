import type { ObjectEvent } from '../kubernetes/event-recorder.ts';
import type { ObjectToWrite } from '../kubernetes/object.ts';
import { ownedBy, PIPELINE } from '../plan/labels.ts';
import type { Observed } from '../plan/observed.ts';
import type { Pipeline, PipelineStatus } from '../resources/pipeline.ts';
import { resultOf, type PipelineRun } from '../resources/pipeline-run.ts';
import { planSchedule, type SchedulePlan } from '../schedule/index.ts';
import { failed, type RunUpdate } from './run-outcome.ts';

export type ScheduledRunPlan = {
  readonly create: ObjectToWrite | undefined;
  readonly cancelled: readonly RunUpdate[];
  readonly events: readonly ObjectEvent[];
  readonly status: Pick<PipelineStatus, 'schedule' | 'lastScheduleTime' | 'nextScheduleTime'>;
};

const NOTHING: ScheduledRunPlan = { create: undefined, cancelled: [], events: [], status: {} };

/** Whether a run is due by the schedule. Throws a RangeError when that cannot be read. */
export function planScheduledRun(pipeline: Pipeline, observed: Observed): ScheduledRunPlan {
  const { metadata, spec, status } = pipeline;
  const { schedule } = spec;
  const { now, runs } = observed;
  if (schedule === undefined) return NOTHING;
  const since = sinceWhen(pipeline, now);
  const plan = planSchedule({
    atMs: now,
    pipeline: metadata.name,
    schedule,
    suspended: spec.suspend,
    createdAtMs: Date.parse(metadata.creationTimestamp),
    changedAtMs: since,
    lastScheduledAtMs: status.lastScheduleTime === undefined ? undefined : Date.parse(status.lastScheduleTime),
    unfinishedRuns: runs
      .filter((run) => resultOf(run) === undefined)
      .map((run) => ({ name: run.metadata.name, deadlineAtMs: deadlineOf(run) })),
  });
  const cancelled = runs.filter(({ metadata: { name } }) => plan.cancel.includes(name));
  return {
    create: plan.start === undefined ? undefined : runObject(pipeline, plan.start.name),
    cancelled: cancelled.map((run) => failed(run, now, 'Cancelled', 'another run took its place')),
    events: missedEvents(plan),
    status: {
      schedule: { cron: schedule.cron, timeZone: schedule.timeZone, since: new Date(since).toISOString() },
      ...timeOf('lastScheduleTime', plan.lastScheduledAtMs),
      ...timeOf('nextScheduleTime', plan.nextAtMs),
    },
  };
}

/** Nothing from before a change of the schedule, or before a suspension ended, was missed. */
function sinceWhen({ spec, status, metadata }: Pipeline, now: number): number {
  const { schedule: known } = status;
  const isSame = known?.cron === spec.schedule!.cron && known.timeZone === spec.schedule!.timeZone;
  if (known === undefined) return Date.parse(metadata.creationTimestamp);
  return isSame && status.drain === undefined ? Date.parse(known.since) : now;
}

function deadlineOf({ spec, status, metadata }: PipelineRun): number | undefined {
  const startedAt = Date.parse(status.startTime ?? metadata.creationTimestamp);
  return spec.deadlineSeconds === undefined ? undefined : startedAt + spec.deadlineSeconds * 1000;
}

function runObject(pipeline: Pipeline, name: string): ObjectToWrite {
  const { metadata, spec } = pipeline;
  const deadlineSeconds = spec.schedule!.runDeadlineSeconds;
  return {
    metadata: {
      name,
      namespace: metadata.namespace,
      labels: { [PIPELINE]: metadata.name },
      ownerReferences: ownedBy(pipeline),
    },
    spec: {
      pipeline: metadata.name,
      type: 'Refresh',
      cause: 'Schedule',
      ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
    },
  };
}

function missedEvents({ missed }: SchedulePlan): readonly ObjectEvent[] {
  if (missed === undefined) return [];
  return [{ type: 'Warning', reason: 'MissedSchedule', action: 'Schedule', message: missed.message }];
}

function timeOf<Name extends string>(name: Name, ms: number | undefined): { readonly [Key in Name]?: string } {
  return ms === undefined ? {} : ({ [name]: new Date(ms).toISOString() } as { readonly [Key in Name]?: string });
}
