import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC, SILVER_INVENTORY_TOPIC } from '@tillstream/inventory';
import { command, Worker, type Service, type ServicePorts, type WorkerLimits } from '@tillstream/runtime';
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import type { SilverConfig } from './config.ts';
import { ReferenceUpkeep } from './replay/reference-upkeep.ts';
import { SilverStage } from './stage.ts';
import { storeHistory } from './store-history.ts';

export type SilverService = Service & { readonly stage: SilverStage; readonly upkeep: ReferenceUpkeep };

/** On the way to the reader: a turn is as short as an insert allows. */
const LIMITS: WorkerLimits = { maxBatchBytes: 4 * 2 ** 20, maxTurnBytes: 16 * 2 ** 20, minTurnMs: 100 };

/** The service over its ports. The silver topic must exist. */
export async function createSilver(ports: ServicePorts, settings: SilverConfig): Promise<SilverService> {
  const { log, now, store } = ports;
  const stage = new SilverStage(
    {
      expectations: settings.EXPECTATION_ACTIONS,
      hotLines: settings.SILVER_HOT_LINES,
      filterBytes: settings.SILVER_FILTER_BYTES,
      lateAfterMs: settings.SILVER_LATE_AFTER_SECONDS * 1000,
      seed: randomInt(2 ** 31),
      blockPartitions: (await log.offsets(SILVER_INVENTORY_TOPIC.name)).length,
      now,
    },
    storeHistory(store),
  );
  const topics = [INVENTORY_CHANGE_TOPIC.name, INVENTORY_SNAPSHOT_TOPIC.name];
  const worker = new Worker({ ...ports, stage, topics, limits: LIMITS });
  const everyMs = settings.SILVER_REFERENCE_CHECK_SECONDS * 1000;
  const upkeep = new ReferenceUpkeep({ worker, stage, store, log, everyMs, now });
  const commands = [
    command('reload-reference', z.object({}), async () => ({ replayed: await upkeep.check() })),
    command('replay-quarantine', z.object({}), async () => ({ replayed: await upkeep.replay() })),
  ];
  return { worker, stage, upkeep, tasks: [upkeep], commands };
}
