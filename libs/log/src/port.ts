import type { OutgoingBatch, Position, RecordBatch, TopicPartition } from './record-batch.ts';

/**
 * The log port: what the stages need of Kafka, and nothing that Kafka through its clients cannot promise.
 * No transactions, no fencing, no trust in commits: a committed position is a hint where to resume, and whoever
 * reads must bear to read a batch again. One promise per batch, none per record.
 */
export interface Log {
  /** Creates what is missing. Rejects when a topic exists with another partition count: keys would change partition. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** Resolves when every batch is stored. Batches of one partition keep their order; a failure may leave a prefix stored. */
  produce(batches: readonly OutgoingBatch[]): Promise<void>;
  consumer(options: ConsumerOptions): Consumer;
  /** First kept offset and end (one past the last) of each partition, by partition number. */
  offsets(topic: string): Promise<readonly OffsetRange[]>;
  /** Committed next offsets by partition number; undefined where the group has committed nothing. */
  committed(group: string, topic: string): Promise<readonly (number | undefined)[]>;
  /** Reads outside any group: the batch that starts at the first record at or after `offset`, or undefined at the end. */
  read(from: Position, maxBytes: number): Promise<RecordBatch | undefined>;
  close(): Promise<void>;
}

export type TopicSpec = {
  readonly name: string;
  readonly partitions: number;
  /** `compact` keeps the last value of a key, `delete` keeps all for the retention. */
  readonly cleanup: 'delete' | 'compact';
};

export type OffsetRange = { readonly start: number; readonly end: number };

export type ConsumerOptions = {
  readonly group: string;
  readonly topics: readonly string[];
  /** Upper bound of one batch's bytes; a single larger record is delivered alone. */
  readonly maxBatchBytes: number;
  readonly handler: ConsumerHandler;
};

/**
 * Called by the consumer. For one partition the calls never overlap: `assigned` settles before its first `batch`,
 * and a `batch` settles before the next one of that partition. Partitions are independent of each other.
 */
export interface ConsumerHandler {
  assigned(partitions: readonly TopicPartition[]): Promise<void>;
  /**
   * The partitions are gone already: nothing that is still in flight for them may be committed. Only called for
   * partitions that `assigned` was called for; not called by `stop` or after a failure.
   */
  revoked(partitions: readonly TopicPartition[]): void;
  batch(batch: RecordBatch): Promise<void>;
  /** The consumer is dead and will deliver nothing more. */
  failed(error: Error): void;
}

export interface Consumer {
  /** Joins the group and delivers from the committed position, or from the first kept record. */
  start(): Promise<void>;
  /** The last commit counts, forward or back. Partitions that this consumer does not hold are passed over, as below. */
  commit(positions: readonly Position[]): Promise<void>;
  /**
   * Resolves when the group has confirmed, after the call, that this consumer is a member; by then it has been told of
   * every partition that it had lost. What was learnt before the call is then no newer than what a later owner learns.
   */
  confirm(): Promise<void>;
  /** The next batch of the partition starts here. */
  seek(position: Position): void;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** Waits for the batches in the handler (so not to be awaited there), leaves the group, delivers nothing more. */
  stop(): Promise<void>;
}
