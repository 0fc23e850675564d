import { LogError } from '../log-error.ts';
import type { Position } from '../record-batch.ts';
import type { Database } from './database.ts';
import type { Partition, TopicCatalog } from './topic-catalog.ts';

/** Kafka keeps offsets in 64 bits; here they leave 16 bits of a version for the era, and are exact as numbers. */
const OFFSET_LIMIT = 2 ** 48;

/** Where each group resumes. The last commit counts, be it forward or back. */
export class CommittedOffsets {
  readonly #database: Database;
  readonly #topics: TopicCatalog;

  constructor(database: Database, topics: TopicCatalog) {
    this.#database = database;
    this.#topics = topics;
  }

  /** All positions, or none. */
  commit(group: string, positions: readonly Position[]): void {
    this.#database.write(() => {
      for (const position of positions) this.#commitOne(group, position);
    });
  }

  of(group: string, partition: Partition): number | undefined {
    return this.#database.first<{ next_offset: number }>(
      'SELECT next_offset FROM committed WHERE group_name = ? AND partition_id = ?',
      group,
      partition.id,
    )?.next_offset;
  }

  #commitOne(group: string, position: Position): void {
    const { nextOffset } = position;
    if (!Number.isInteger(nextOffset) || nextOffset < 0 || nextOffset >= OFFSET_LIMIT) {
      throw new LogError(
        'offset_out_of_range',
        `group ${group} cannot commit ${nextOffset} for ${position.topic}/${position.partition}: ` +
          'an offset is a whole number from 0 to 2^48 - 1',
      );
    }
    this.#database.run(
      `INSERT INTO committed (group_name, partition_id, next_offset) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset`,
      group,
      this.#topics.partition(position).id,
      nextOffset,
    );
  }
}
