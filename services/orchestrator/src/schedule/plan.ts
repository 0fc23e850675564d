import { parseCron, type CronTimes } from './cron.ts';
import type { MissedRuns, ScheduleInput, SchedulePlan, UnfinishedRun } from './schedule.ts';

const MINUTE_MS = 60_000;
/** More missed runs than that are only called many. */
const MAX_COUNTED = 100;

/**
 * Which run is due. Of several due runs only the latest is started. Throws a RangeError when the schedule can't be
 * read (`parseCron`).
 */
export function planSchedule(input: ScheduleInput): SchedulePlan {
  const { atMs, schedule, lastScheduledAtMs } = input;
  const times = parseCron(schedule.cron, schedule.timeZone);
  if (input.suspended) return { cancel: [], lastScheduledAtMs };
  const afterMs = Math.max(lastScheduledAtMs ?? -Infinity, input.changedAtMs ?? -Infinity, input.createdAtMs);
  const dueAtMs = latestDue(times, afterMs, atMs);
  const nextAtMs = times.next(atMs);
  if (dueAtMs === undefined) return { cancel: [], lastScheduledAtMs, nextAtMs };
  return { ...planDue(input, dueAtMs, countDue(times, afterMs, dueAtMs)), lastScheduledAtMs: dueAtMs, nextAtMs };
}

/** The name of the run that was due at a time: `<pipeline>-<minutes since 1970>`. */
export function runName(pipeline: string, scheduledAtMs: number): string {
  return `${pipeline}-${Math.floor(scheduledAtMs / MINUTE_MS)}`;
}

function planDue(
  input: ScheduleInput,
  scheduledAtMs: number,
  earlier: number,
): Pick<SchedulePlan, 'cancel' | 'start' | 'missed'> {
  const { atMs, schedule } = input;
  const due = new Date(scheduledAtMs).toISOString();
  if (atMs - scheduledAtMs > schedule.startingDeadlineSeconds * 1000) {
    const runs = earlier === 0 ? `the run of ${due} was` : `${howMany(earlier + 1)} runs up to that of ${due} were`;
    return {
      cancel: [],
      missed: { why: 'TooLate', message: `${runs} not started in time: nobody was there to do it` },
    };
  }
  const name = runName(input.pipeline, scheduledAtMs);
  const active = input.unfinishedRuns.filter((run) => run.name !== name && counts(run, atMs)).map((run) => run.name);
  if (active.length > 0 && schedule.concurrencyPolicy === 'Forbid') {
    const message = `the run of ${due} is left out: ${active.join(', ')} is still active and concurrencyPolicy is Forbid`;
    return { cancel: [], missed: { why: 'RunActive', message } };
  }
  return {
    cancel: schedule.concurrencyPolicy === 'Replace' ? active : [],
    start: { name, scheduledAtMs },
    missed: earlier === 0 ? undefined : superseded(earlier, due),
  };
}

function superseded(earlier: number, due: string): MissedRuns {
  const runs = earlier === 1 ? '1 run' : `${howMany(earlier)} runs`;
  return { why: 'Superseded', message: `${runs} before that of ${due} were missed; only the latest is started` };
}

function howMany(count: number): string {
  return count > MAX_COUNTED ? `more than ${MAX_COUNTED}` : String(count);
}

function counts({ deadlineAtMs }: UnfinishedRun, atMs: number): boolean {
  return deadlineAtMs === undefined || deadlineAtMs > atMs;
}

/** Looks back in steps that double: a pattern of minutes over months is not walked through. */
function latestDue(times: CronTimes, afterMs: number, upToMs: number): number | undefined {
  for (let backMs = MINUTE_MS; ; backMs *= 2) {
    const fromMs = Math.max(afterMs, upToMs - backMs);
    let latest: number | undefined;
    for (let due = times.next(fromMs); due !== undefined && due <= upToMs; due = times.next(due)) latest = due;
    if (latest !== undefined || fromMs === afterMs) return latest;
  }
}

/** How many are due after `afterMs` and before `beforeMs`, at most one more than are counted. */
function countDue(times: CronTimes, afterMs: number, beforeMs: number): number {
  let count = 0;
  for (let due = times.next(afterMs); due !== undefined && due < beforeMs && count <= MAX_COUNTED; count++) {
    due = times.next(due);
  }
  return count;
}
