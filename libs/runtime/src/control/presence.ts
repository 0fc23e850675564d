import { z } from 'zod';

const name = z.string().min(1).max(255);
const wholeNumber = z.int().min(0);

/** What a worker says of itself. Times are epoch milliseconds of its own clock. */
export const presenceSchema = z.object({
  service: name,
  instance: name,
  version: name,
  startedAt: wholeNumber,
  /** When it says so. */
  at: wholeNumber,
  /** The next one follows within this time, unless it is gone. */
  everyMs: z.int().min(1).max(3_600_000),
  state: z.enum(['starting', 'recovering', 'running', 'paused', 'draining', 'stopped', 'failed']),
  partitions: z.array(z.object({ topic: name, partition: wholeNumber, nextOffset: wholeNumber.optional() })).max(1000),
  turns: wholeNumber,
  lastTurnAt: wholeNumber,
  isTurning: z.boolean(),
  /** Of the time from `startedAt` to `at`. */
  busyMs: wholeNumber,
});

export type Presence = z.output<typeof presenceSchema>;
