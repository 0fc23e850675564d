import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import { Worker, type Service, type ServicePorts, type WorkerLimits } from '@tillstream/runtime';
import { CountLoader } from './count-files/count-loader.ts';
import { BronzeStage } from './records/stage.ts';

export type BronzeService = Service & { readonly loader: CountLoader | undefined };

/** Bronze serves history, so it may take its time: larger blocks cost less. */
const LIMITS: WorkerLimits = { maxBatchBytes: 4 * 2 ** 20, maxTurnBytes: 16 * 2 ** 20, minTurnMs: 400 };

/** The service over its ports. `inbox` is the folder of count files; at most one instance may have it. */
export function createBronze(ports: ServicePorts, { inbox }: { readonly inbox: string | undefined }): BronzeService {
  const topics = [INVENTORY_CHANGE_TOPIC.name, INVENTORY_SNAPSHOT_TOPIC.name];
  const worker = new Worker({ ...ports, stage: new BronzeStage(), topics, limits: LIMITS });
  const loader = inbox === undefined ? undefined : new CountLoader({ ...ports, inbox, pollMs: 100, recheckMs: 2000 });
  return { worker, loader, tasks: loader === undefined ? [] : [loader], commands: [] };
}
