import type { Contender, RunningContender } from '../contender.ts';
import { ProcessTable, type ProcessTotals } from '../measure/processes.ts';
import type { Place } from './place.ts';

/** What a run has taken so far. */
type Totals = ProcessTotals & {
  readonly brokerCpuSeconds: number;
  /** Of this process, which looks on. */
  readonly harnessCpuSeconds: number;
};

/** A contender that has just been started in a place of its own. */
export type Started = {
  readonly contender: Contender;
  readonly running: RunningContender;
  readonly place: Place;
  /** As `Date.now()`, before anything of it ran. */
  readonly startedAt: number;
  /** Of all its processes and of the sink, since `startedAt`. */
  readonly totals: () => Totals;
};

/** Starts a contender in this place, works with it, and stops it and closes the place whatever happens. */
export async function inPlace<Result>(
  contender: Contender,
  place: Place,
  work: (started: Started) => Promise<Result>,
): Promise<Result> {
  try {
    const before = ProcessTable.read();
    const sinkBefore = before.totalsOf([place.clickHousePid]).cpuSeconds;
    const brokerBefore = before.totalsOf([place.brokerPid]).cpuSeconds;
    const harnessBefore = process.cpuUsage();
    const startedAt = Date.now();
    const running = await contender.start(place);
    try {
      const totals = (): Totals => {
        const now = ProcessTable.read();
        const { cpuSeconds, peakBytes } = now.totalsOf([...running.pids(), place.clickHousePid]);
        const { user, system } = process.cpuUsage(harnessBefore);
        return {
          cpuSeconds: cpuSeconds - sinkBefore,
          peakBytes,
          brokerCpuSeconds: now.totalsOf([place.brokerPid]).cpuSeconds - brokerBefore,
          harnessCpuSeconds: (user + system) / 1e6,
        };
      };
      const started = { contender, running, place, startedAt, totals };
      return await Promise.race([work(started), running.failed]);
    } finally {
      await running.stop();
    }
  } finally {
    await place.close();
  }
}
