import { TOPICS } from '@tillstream/inventory';
import type { Log } from '@tillstream/log';
import type { Store } from '@tillstream/store';
import { loadReferenceData } from './reference-loader.ts';

export type SetUpOptions = {
  readonly log: Log;
  readonly store: Store;
  /** Of each topic. Keys live in partitions, so the number stays for as long as the topics do. */
  readonly partitions: number;
  /** Folder with `store.txt`, `item.txt` and `inventory_change_type.txt`; undefined leaves the reference data as it is. */
  readonly referenceFolder: string | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Makes what the services take for granted: topics, tables and reference data. Safe to repeat, also while they run. */
export async function setUp({ log, store, partitions, referenceFolder, now }: SetUpOptions): Promise<void> {
  await store.migrate();
  await createTopics(log, partitions);
  if (referenceFolder !== undefined) await loadReferenceData(store, referenceFolder, now());
}

/** Creates what is missing of the declared topics. */
export function createTopics(log: Log, partitions: number): Promise<void> {
  return log.createTopics(TOPICS.map(({ name, cleanup }) => ({ name, cleanup, partitions })));
}
