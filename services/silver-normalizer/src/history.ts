import type { FindChanges, Reference } from '@tillstream/inventory';
import type { TopicPartition } from '@tillstream/log';

/** What silver asks of the store. */
export interface SilverHistory {
  readonly findChanges: FindChanges;
  /** Identity hashes of all stored changes that came through these partitions, in any order. */
  identities(partitions: readonly TopicPartition[]): AsyncIterable<IdentityColumns>;
  reference(): Promise<Reference>;
}

export type IdentityColumns = { readonly high: Uint32Array; readonly low: Uint32Array };
