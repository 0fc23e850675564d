import { BRONZE_SERVICE } from '@tillstream/bronze-ingester';
import { GOLD_SERVICE } from '@tillstream/gold-aggregator';
import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC, SILVER_INVENTORY_TOPIC } from '@tillstream/inventory';
import type { Log } from '@tillstream/log';
import { SILVER_SERVICE } from '@tillstream/silver-normalizer';

/** Of every topic of the embedded log. */
export const PARTITIONS = 4;

const INGRESS = [INVENTORY_CHANGE_TOPIC.name, INVENTORY_SNAPSHOT_TOPIC.name];

/** Which topics each stage reads. */
const TOPICS_OF = { bronze: INGRESS, silver: INGRESS, gold: [SILVER_INVENTORY_TOPIC.name] } as const;

const SERVICE_OF = { bronze: BRONZE_SERVICE, silver: SILVER_SERVICE, gold: GOLD_SERVICE } as const;

export type Layer = keyof typeof TOPICS_OF;

/** How far a stage has come: records done, of those there are. */
export type Progress = { readonly done: number; readonly total: number };

export async function progressOf(log: Log, layer: Layer): Promise<Progress> {
  let [done, total] = [0, 0];
  for (const topic of TOPICS_OF[layer]) {
    const [ranges, committed] = await Promise.all([log.offsets(topic), log.committed(SERVICE_OF[layer], topic)]);
    ranges.forEach(({ end }, partition) => {
      total += end;
      done += committed[partition] ?? 0;
    });
  }
  return { done, total };
}

/** Whether everything that is in the log has gone through every stage. Asked in the order of the flow. */
export async function isDrained(log: Log): Promise<boolean> {
  for (const layer of ['bronze', 'silver', 'gold'] as const) {
    const { done, total } = await progressOf(log, layer);
    if (done < total) return false;
  }
  return true;
}
