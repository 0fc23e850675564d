import type { OutgoingBatch, RecordBatch, TopicPartition } from '@tillstream/log';
import type { TableBlock } from '@tillstream/store';
import type { Count } from '../telemetry/counts.ts';

/**
 * What a worker does with its batches: plain functions over state that nobody else touches. A stage reads the store
 * where memory does not reach, and returns what to write; the worker writes it, always in the same order.
 */
export interface Stage {
  /** Label in metrics, and the consumer group's name. */
  readonly service: string;
  /**
   * Rebuilds the state of these partitions from the tables. Called before their first batch. What it reads besides and
   * judges by, it may use only after `confirm`: so that nobody who has lost a partition knows more than its owner.
   */
  assigned(partitions: readonly TopicPartition[], confirm: Confirm): Promise<void>;
  revoked(partitions: readonly TopicPartition[]): void;
  /** At most one batch a partition, each in the order of offsets. Every record must be accounted for in the output. */
  process(batches: readonly RecordBatch[]): Promise<StageOutput>;
  /** Bytes of state in memory. */
  stateBytes(): number;
  /** Entries of that state that are in use: lines that are remembered, keys that have stock. */
  stateKeys(): number;
}

/** Resolves when the group has confirmed, after the call, that the worker is a member. */
export type Confirm = () => Promise<void>;

export type StageOutput = {
  /** Written before all else: what a replay of the turn must find when it finds any of the rest. Mostly nothing. */
  readonly firstTables: readonly TableBlock[];
  /** Written next, all at once: a block a table. */
  readonly tables: readonly TableBlock[];
  /** Published when all tables are written. */
  readonly publish: readonly OutgoingBatch[];
  /** Live news, best effort, after publishing. */
  readonly news: readonly News[];
  readonly counts: readonly Count[];
  /** Whose effect can be read once the tables are written: the measure of freshness. */
  readonly visible: Visible;
};

export type News = { readonly subject: string; readonly payload: Uint8Array };

/** Records of the tills. */
export type Visible = {
  /** Each record's own timestamp, epoch milliseconds. */
  readonly timestamps: Float64Array;
  /** Sum over these records of the time at which silver took them, epoch milliseconds. */
  readonly silverTookSum: number;
};

export const NOTHING_VISIBLE: Visible = { timestamps: new Float64Array(0), silverTookSum: 0 };
