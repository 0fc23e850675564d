import { SILVER_INVENTORY_TOPIC } from '@tillstream/inventory';
import { UserError, Worker, type Service, type ServicePorts, type WorkerLimits } from '@tillstream/runtime';
import { storedEra, type Store } from '@tillstream/store';
import type { GoldConfig } from './config.ts';
import { GoldStage } from './stage.ts';
import { storeHistory } from './store-history.ts';

/** On the way to the reader: a turn is as short as an insert allows. */
const LIMITS: WorkerLimits = { maxBatchBytes: 2 * 2 ** 20, maxTurnBytes: 8 * 2 ** 20, minTurnMs: 100 };

/** The service over its ports. The silver topic must exist. */
export async function createGold(ports: ServicePorts, settings: GoldConfig): Promise<Service> {
  const { log, now, pipeline, signal, store } = ports;
  await refuseLowerEra(store, settings.GOLD_ERA);
  const partitions = (await log.offsets(SILVER_INVENTORY_TOPIC.name)).length;
  const stage = new GoldStage(
    {
      pipeline,
      era: settings.GOLD_ERA,
      recentChanges: Math.ceil(settings.GOLD_RECENT_CHANGES / partitions),
      now,
      isHeard: (subject) => signal.isHeard(subject),
    },
    storeHistory(store),
  );
  return {
    worker: new Worker({ ...ports, stage, topics: [SILVER_INVENTORY_TOPIC.name], limits: LIMITS }),
    tasks: [],
    commands: [],
  };
}

async function refuseLowerEra(store: Store, era: number): Promise<void> {
  const stored = await storedEra(store);
  if (stored <= era) return;
  throw new UserError(
    `inventory_current has rows of era ${stored}, and this worker's is ${era}: nobody would ever read what it writes; ` +
      `set GOLD_ERA to ${stored}`,
  );
}
