import { setTimeout } from 'node:timers/promises';

export type Clock = {
  /** Wall clock, epoch milliseconds: the timestamps of records. */
  now(): number;
  /** Never jumps, starts anywhere, milliseconds: what pacing is measured by. */
  elapsed(): number;
  sleep(milliseconds: number): Promise<void>;
};

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (milliseconds) => setTimeout(milliseconds),
};
