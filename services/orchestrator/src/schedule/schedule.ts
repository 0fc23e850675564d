/** When runs start. The fields are those of `schedule` in the Pipeline resource. */
export type Schedule = {
  /** Five fields, or a name such as `@hourly`. */
  readonly cron: string;
  /** An IANA name. */
  readonly timeZone: string;
  /** What a run that is due does while another is active: it is left out, or takes the other's place. */
  readonly concurrencyPolicy: 'Forbid' | 'Replace';
  /** A run that could not be started for so long is missed. */
  readonly startingDeadlineSeconds: number;
};

/** Times are epoch milliseconds. */
export type ScheduleInput = {
  readonly atMs: number;
  readonly pipeline: string;
  readonly schedule: Schedule;
  /** No run is started, and none is made up for later. */
  readonly suspended: boolean;
  readonly createdAtMs: number;
  /** When `cron`, `timeZone` or the suspension last changed: no run from before was missed. */
  readonly changedAtMs?: number | undefined;
  /** `SchedulePlan.lastScheduledAtMs` of the plan before, as far as it was kept. */
  readonly lastScheduledAtMs?: number | undefined;
  readonly unfinishedRuns: readonly UnfinishedRun[];
};

export type UnfinishedRun = {
  readonly name: string;
  /** A run that is past it does not count: it must not keep others from starting. */
  readonly deadlineAtMs?: number | undefined;
};

/** What to do now, in this order: cancel, start, keep `lastScheduledAtMs`. Done twice it does the same. */
export type SchedulePlan = {
  readonly cancel: readonly string[];
  /** The name follows from the pipeline and the time: a run that exists already was started before. */
  readonly start?: { readonly name: string; readonly scheduledAtMs: number } | undefined;
  readonly lastScheduledAtMs?: number | undefined;
  /** Undefined when suspended or when the time never comes. */
  readonly nextAtMs?: number | undefined;
  readonly missed?: MissedRuns | undefined;
};

/** For an event with the reason `MissedSchedule`. */
export type MissedRuns = { readonly why: 'TooLate' | 'RunActive' | 'Superseded'; readonly message: string };
