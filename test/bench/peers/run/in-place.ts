import type { Contender, RunningContender } from '../contender.ts';
import { totalsOf, type ProcessTotals } from '../measure/processes.ts';
import type { Place } from './place.ts';

/** A contender that has just been started in a place of its own. */
export type Started = {
  readonly contender: Contender;
  readonly running: RunningContender;
  readonly place: Place;
  /** As `Date.now()`, before anything of it ran. */
  readonly startedAt: number;
  /** Of all its processes and of the sink, since `startedAt`. */
  readonly totals: () => ProcessTotals;
  /** Of the broker, since `startedAt`. */
  readonly brokerCpuSeconds: () => number;
};

/** Starts a contender in this place, works with it, and stops it and closes the place whatever happens. */
export async function inPlace<Result>(
  contender: Contender,
  place: Place,
  work: (started: Started) => Promise<Result>,
): Promise<Result> {
  try {
    const cpuSecondsOf = (pids: readonly number[]): number => totalsOf(pids).cpuSeconds;
    const [sinkBefore, brokerBefore] = [cpuSecondsOf([place.clickHousePid]), cpuSecondsOf([place.brokerPid])];
    const startedAt = Date.now();
    const running = await contender.start(place);
    try {
      const totals = (): ProcessTotals => {
        const { cpuSeconds, peakBytes } = totalsOf([...running.pids(), place.clickHousePid]);
        return { cpuSeconds: cpuSeconds - sinkBefore, peakBytes };
      };
      const brokerCpuSeconds = (): number => cpuSecondsOf([place.brokerPid]) - brokerBefore;
      const started = { contender, running, place, startedAt, totals, brokerCpuSeconds };
      return await Promise.race([work(started), running.failed]);
    } finally {
      await running.stop();
    }
  } finally {
    await place.close();
  }
}
