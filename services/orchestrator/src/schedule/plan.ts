import type { ScheduleInput, SchedulePlan } from './schedule.ts';

/** Which run is due, given the runs that there are. */
export function planSchedule({ lastScheduledAtMs }: ScheduleInput): SchedulePlan {
  return { cancel: [], lastScheduledAtMs };
}
