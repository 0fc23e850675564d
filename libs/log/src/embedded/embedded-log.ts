import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Consumer, ConsumerOptions, Log, OffsetRange, TopicSpec } from '../port.ts';
import type { OutgoingBatch, Position, RecordBatch } from '../record-batch.ts';
import { Arrivals } from './arrivals.ts';
import { CommittedOffsets } from './committed-offsets.ts';
import { Compaction } from './compaction.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { Database } from './database.ts';
import { EmbeddedConsumer } from './embedded-consumer.ts';
import { Segments } from './segments.ts';
import { TopicCatalog } from './topic-catalog.ts';
import { Turns } from './turns.ts';

export type EmbeddedLogOptions = {
  /** The SQLite file; it is made when missing. */
  readonly path: string;
  /** Looks into the log of another process: nothing can be created, produced or committed. */
  readonly readOnly?: boolean;
};

/** Rejects with a `LogError` when the file is not a log, belongs to another version, or cannot be used. */
export async function openEmbeddedLog({ path, readOnly = false }: EmbeddedLogOptions): Promise<EmbeddedLog> {
  return new EmbeddedLog(new Database(path, readOnly));
}

/**
 * The log in one SQLite file, for one process. What is acknowledged outlives a kill of the process.
 * SQLite is synchronous, so every call is short, and who calls in a loop lets the event loop turn in between.
 */
export class EmbeddedLog implements Log {
  readonly #database: Database;
  readonly #topics: TopicCatalog;
  readonly #segments: Segments;
  readonly #committed: CommittedOffsets;
  readonly #compaction: Compaction;
  readonly #arrivals: Arrivals;
  readonly #turns = new Turns();
  readonly #groups = new Map<string, ConsumerGroup>();
  readonly #consumers: EmbeddedConsumer[] = [];

  /** `compaction` is for tests, which do not want to write as much as makes one due. */
  constructor(database: Database, compaction: { readonly minGainedRecords?: number } = {}) {
    this.#database = database;
    this.#topics = new TopicCatalog(database);
    this.#segments = new Segments(database);
    this.#committed = new CommittedOffsets(database, this.#topics);
    this.#compaction = new Compaction(database, this.#segments, compaction.minGainedRecords);
    this.#arrivals = new Arrivals(database);
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#topics.create(topics);
  }

  /** All batches of a call are stored, or none of them. */
  async produce(batches: readonly OutgoingBatch[]): Promise<void> {
    const filled = batches
      .filter((batch) => batch.count > 0)
      .map((batch) => [this.#topics.partition(batch), batch] as const);
    if (filled.length > 0) {
      this.#database.write(() => {
        for (const [partition, batch] of filled) this.#segments.append(partition, batch);
      });
    }
    for (const [partition] of filled) this.#arrivals.wake(partition);
    for (const [partition] of filled) await this.#compaction.runWhenDue(partition, () => this.#turns.next());
    await nextTurn();
  }

  consumer(options: ConsumerOptions): Consumer {
    let group = this.#groups.get(options.group);
    if (group === undefined) {
      group = new ConsumerGroup();
      this.#groups.set(options.group, group);
    }
    const { maxBatchBytes } = options;
    const consumer = new EmbeddedConsumer(options, {
      group,
      arrivals: this.#arrivals,
      committed: this.#committed,
      topics: this.#topics,
      source: {
        firstOffset: (partition) =>
          this.#committed.of(options.group, partition) ?? this.#segments.range(partition).start,
        fetch: (partition, offset) => this.#segments.read(partition, offset, maxBatchBytes),
        turn: () => this.#turns.next(),
      },
    });
    this.#consumers.push(consumer);
    return consumer;
  }

  async offsets(topic: string): Promise<readonly OffsetRange[]> {
    const partitions = this.#topics.partitions(topic);
    return this.#database.snapshot(() => partitions.map((partition) => this.#segments.range(partition)));
  }

  async committed(group: string, topic: string): Promise<readonly (number | undefined)[]> {
    const partitions = this.#topics.partitions(topic);
    return this.#database.snapshot(() => partitions.map((partition) => this.#committed.of(group, partition)));
  }

  async read(from: Position, maxBytes: number): Promise<RecordBatch | undefined> {
    const batch = this.#segments.read(this.#topics.partition(from), from.nextOffset, maxBytes);
    await nextTurn();
    return batch;
  }

  /** Forgets the records below `nextOffset`, as retention does in Kafka: they are no longer read. */
  async trim(position: Position): Promise<void> {
    this.#segments.trim(this.#topics.partition(position), position.nextOffset);
  }

  /** Stops the consumers, so that the batches in their handlers may still be written and committed. */
  async close(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    this.#database.close();
  }
}
