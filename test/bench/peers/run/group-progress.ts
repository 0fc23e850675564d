import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import type { Log } from '@tillstream/log';

/** Records of both topics before the offsets that these groups have committed. */
export async function groupProgress(log: Log, groups: { readonly changes: string; readonly counts: string }) {
  const committed = await Promise.all([
    log.committed(groups.changes, INVENTORY_CHANGE_TOPIC.name),
    log.committed(groups.counts, INVENTORY_SNAPSHOT_TOPIC.name),
  ]);
  return committed.flat().reduce((sum: number, offset) => sum + (offset ?? 0), 0);
}
