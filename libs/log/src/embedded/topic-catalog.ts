import { LogError } from '../log-error.ts';
import type { TopicSpec } from '../port.ts';
import type { TopicPartition } from '../record-batch.ts';
import type { Database } from './database.ts';

/** A partition with its row's id. There is one object for each, so it serves as a key of maps. */
export type Partition = TopicPartition & { readonly id: number; readonly compacted: boolean };

/** The partitions of topics, kept in memory: a topic never changes once it is there. */
export class TopicCatalog {
  readonly #database: Database;
  readonly #topics = new Map<string, readonly Partition[]>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** All of the missing topics, or none when one of them contradicts what is there. */
  create(specs: readonly TopicSpec[]): void {
    this.#database.write(() => {
      for (const spec of specs) this.#createOne(spec);
    });
  }

  partitions(topic: string): readonly Partition[] {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const stored = this.#read(topic);
    if (stored.length === 0) {
      throw new LogError('unknown_topic', `the log ${this.#database.path} has no topic ${topic}: create it first`);
    }
    this.#topics.set(topic, stored);
    return stored;
  }

  partition({ topic, partition }: TopicPartition): Partition {
    const partitions = this.partitions(topic);
    const found = partitions[partition];
    if (found === undefined) {
      throw new LogError(
        'unknown_topic',
        `topic ${topic} has partitions 0 to ${partitions.length - 1}, not ${partition}: ` +
          'use the partition count that it was created with',
      );
    }
    return found;
  }

  #createOne({ name, partitions, cleanup }: TopicSpec): void {
    const existing = this.#read(name);
    if (existing.length === 0) {
      this.#database.run('INSERT INTO topic (name, cleanup) VALUES (?, ?)', name, cleanup);
      for (let number = 0; number < partitions; number++) {
        this.#database.run(
          'INSERT INTO partition (topic_id, number) SELECT id, ? FROM topic WHERE name = ?',
          number,
          name,
        );
      }
    } else if (existing.length !== partitions) {
      throw new LogError(
        'partition_mismatch',
        `topic ${name} has ${existing.length} partitions, not ${partitions}, and keys would change their partition: ` +
          'keep the old count, or begin with a new data folder',
      );
    }
  }

  #read(topic: string): readonly Partition[] {
    const rows = this.#database.all<{ id: number; number: number; cleanup: TopicSpec['cleanup'] }>(
      `SELECT partition.id, number, cleanup FROM partition JOIN topic ON topic.id = topic_id
       WHERE name = ? ORDER BY number`,
      topic,
    );
    return rows.map(({ id, number, cleanup }) => ({ id, topic, partition: number, compacted: cleanup === 'compact' }));
  }
}
