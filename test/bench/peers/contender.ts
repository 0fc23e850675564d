import type { Place } from './run/place.ts';

/**
 * A system that does the same job: fold, count each (trans_id, item_id) once, leave pick-ups booked online out, latest
 * count plus the changes since. `contenders.ts` has the list.
 */
export type Contender = {
  /** As on the command line. */
  readonly name: string;
  readonly title: string;
  /** For the document: version, settings, what it keeps and what it cannot say. One sentence each. */
  readonly configuration: readonly string[];
  readonly notExpressible: readonly string[];
  /** What a reader selects from: a table or view with `store_id`, `item_id` and `current_inventory`. */
  readonly inventory: string;
  /** Downloads and builds what it needs; once, before anything is measured. */
  prepare(): Promise<void>;
  /** Starts it over the topics and the ClickHouse of this place, which nobody has used. */
  start(place: Place): Promise<RunningContender>;
};

export type RunningContender = {
  /** Of its own processes, without those that they start and without the sink. */
  pids(): readonly number[];
  /** Records of both topics that it is through with. */
  progress(): Promise<number>;
  /** Whether everything that it keeps beside the inventory is written too. */
  isComplete(): Promise<boolean>;
  /** Kills everything with kill -9, and starts it again at once, as a supervisor would. */
  crash(): Promise<void>;
  stop(): Promise<void>;
  /** Rejects when it has ended by itself. */
  readonly failed: Promise<never>;
};
