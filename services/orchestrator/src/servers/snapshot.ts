import type { Presence } from '@tillstream/runtime';
import type { PartitionOffsets } from '../scaling/index.ts';
import type { RefreshWork } from './refresh-work.ts';

/** What is known of a pipeline's servers. Times are epoch milliseconds. */
export type ServersSnapshot = {
  readonly setUp: SetUpState;
  /** Version of the reference data that is loaded; undefined when none was, as far as known here. */
  readonly referenceData: string | undefined;
  /** Highest era of the rows of gold, 0 without rows, as it was when the connection was made. */
  readonly storedEra: number | undefined;
  /** What was done last for a full refresh. */
  readonly refresh: RefreshWork | undefined;
  /** The latest that could be had. */
  readonly measured: Measured | undefined;
  /** Why there is nothing newer. */
  readonly trouble: string | undefined;
};

/** `part` is what it stands at, or what failed; it is tried again. */
export type SetUpState =
  | {
      readonly state: 'Pending' | 'Failed';
      readonly part: SetUpPart;
      readonly reason: string;
      readonly message: string;
    }
  | { readonly state: 'Done' };

export type SetUpPart = 'Topics' | 'Storage';

export type Measured = {
  readonly atMs: number;
  /** By the name of the stage. */
  readonly stages: ReadonlyMap<string, StageMeasure>;
};

export type StageMeasure = {
  readonly partitions: readonly PartitionOffsets[];
  readonly presences: readonly Presence[];
  /** Of each pod that told it twice: its share of the time between that it was busy, 0 to 1. */
  readonly busyRatios: readonly number[];
};

export const UNKNOWN_SERVERS: ServersSnapshot = {
  setUp: { state: 'Pending', part: 'Topics', reason: 'Connecting', message: 'connecting with Kafka' },
  referenceData: undefined,
  storedEra: undefined,
  refresh: undefined,
  measured: undefined,
  trouble: undefined,
};

/** Records that wait, and the age of the oldest of them. */
export function lagOf({ partitions }: Pick<StageMeasure, 'partitions'>): {
  readonly records: number;
  readonly seconds: number;
} {
  const records = partitions.reduce((sum, one) => sum + Math.max(0, one.end - positionOf(one)), 0);
  const seconds = Math.max(0, ...partitions.map(({ oldestWaitingSeconds = 0 }) => oldestWaitingSeconds));
  return { records, seconds };
}

/** The next record to be worked on. */
export function positionOf({ begin, committed }: PartitionOffsets): number {
  return Math.max(begin, committed ?? begin);
}
