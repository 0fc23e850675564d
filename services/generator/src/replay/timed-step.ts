import type { CountFileStep, RecordStep } from '../source.ts';

/** A step with its event time; NaN where that cannot be read. */
type Timed<Kind> = Omit<Kind, 'simulatedTime'> & { readonly timeMs: number };
export type TimedRecord = Timed<RecordStep>;
export type TimedCountFile = Timed<CountFileStep>;
