import type { FindChanges, Reference } from '@tillstream/inventory';
import type { TopicPartition } from '@tillstream/log';

/** What silver asks of the store. */
export interface SilverHistory {
  readonly findChanges: FindChanges;
  /** Identity hashes of all stored changes that came through these partitions, in any order. */
  identities(partitions: readonly TopicPartition[]): AsyncIterable<IdentityColumns>;
  reference(): Promise<Reference>;
  /** The last position of each partition that is in quarantine for reference data; nothing of a partition without any. */
  lastSetAside(
    partitions: readonly TopicPartition[],
  ): Promise<readonly (TopicPartition & { readonly offset: number })[]>;
  /**
   * Offsets of such records in a range, without those that somebody has stored lines of: who knew more accepted them, and
   * may not have published them.
   */
  setAside(range: PositionRange): Promise<readonly number[]>;
}

/** Both ends are in it. */
export type PositionRange = TopicPartition & { readonly from: number; readonly to: number };

export type IdentityColumns = { readonly high: Uint32Array; readonly low: Uint32Array };
