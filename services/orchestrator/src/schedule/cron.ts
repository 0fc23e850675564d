import { Cron } from 'croner';

/** Times at which runs are due. */
export type CronTimes = {
  /** The first one after `afterMs`, epoch milliseconds; undefined when there is none. */
  readonly next: (afterMs: number) => number | undefined;
};

/** Five fields of the plain kind, or a name. A `?` would stand for the time at which the text is read. */
const PATTERN = /^(@[a-z]+|[A-Za-z0-9*,/#-]+([ \t]+[A-Za-z0-9*,/#-]+){4})$/;

/**
 * A RangeError of one line says what is wrong with `cron` or `timeZone`.
 *
 * When clocks change, times that are given exactly (`30 3 * * *`) come once: at the end of the hour that is skipped,
 * and the first time in the hour that repeats. Patterns with `*` follow the clock.
 */
export function parseCron(cron: string, timeZone: string): CronTimes {
  checkTimeZone(timeZone);
  const pattern = parsePattern(cron, timeZone);
  const times: CronTimes = { next: (afterMs) => pattern.nextRun(new Date(afterMs))?.getTime() };
  // From a fixed date: whether a text is right must not depend on when it is read.
  if (times.next(0) === undefined) throw new RangeError(`schedule '${cron}' never comes: name a day that exists`);
  return times;
}

function checkTimeZone(timeZone: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new RangeError(`there is no time zone '${timeZone}': give an IANA name such as Europe/Helsinki or Etc/UTC`);
  }
}

function parsePattern(cron: string, timezone: string): Cron {
  if (!PATTERN.test(cron)) throw new RangeError(`schedule '${cron}' is not five fields or a name such as @hourly`);
  try {
    return new Cron(cron, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true });
  } catch (error) {
    const why = (error as Error).message.replace(/^\w+: /, '').split('\n')[0];
    throw new RangeError(`schedule '${cron}' can't be read: ${why}`, { cause: error });
  }
}
