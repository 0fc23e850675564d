import { Cron } from 'croner';

/** Times at which runs are due. */
export type CronTimes = {
  /** The first one after `afterMs`, epoch milliseconds; undefined when there is none. */
  readonly next: (afterMs: number) => number | undefined;
};

/** Says in a RangeError of one line what is wrong with `cron` or `timeZone`. */
export function parseCron(cron: string, timeZone: string): CronTimes {
  const pattern = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });
  return { next: (afterMs) => pattern.nextRun(new Date(afterMs))?.getTime() };
}
