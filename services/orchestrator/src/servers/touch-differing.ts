import { SILVER_INVENTORY_TOPIC } from '@tillstream/inventory';
import type { Log } from '@tillstream/log';
import { touchBlocks } from '@tillstream/runtime';
import { differingKeys, type ComputedGold, type Store } from '@tillstream/store';

/**
 * Has gold write again what is not as computed, for readers of the change feed and of live news. It goes through the
 * silver topic: only the worker of a key's partition can say its values in the order of their versions.
 */
export async function touchDiffering(store: Store, log: Log, gold: ComputedGold): Promise<void> {
  const partitions = (await log.offsets(SILVER_INVENTORY_TOPIC.name)).length;
  for await (const keys of differingKeys(store, gold)) await log.produce(touchBlocks(keys, partitions, Date.now()));
}
