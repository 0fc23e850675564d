import { BRONZE_SERVICE, createBronze } from '@tillstream/bronze-ingester';
import { createGold, GOLD_SERVICE } from '@tillstream/gold-aggregator';
import { setUp, type Service, type ServicePorts } from '@tillstream/runtime';
import { createSilver, SILVER_SERVICE } from '@tillstream/silver-normalizer';
import type { StandaloneConfig } from './config.ts';

/** Topics, tables and reference data, then the stages from left to right; each is a consumer group as in its own process. */
export async function createStages(ports: ServicePorts, config: StandaloneConfig): Promise<readonly Service[]> {
  await setUp({ ...ports, partitions: config.TOPIC_PARTITIONS, referenceFolder: config.REFERENCE_FOLDER });
  const of = (stage: string): ServicePorts => ({ ...ports, logger: ports.logger.child({ stage }) });
  return [
    createBronze(of(BRONZE_SERVICE), { inbox: config.BRONZE_INBOX_FOLDER }),
    await createSilver(of(SILVER_SERVICE), config),
    await createGold(of(GOLD_SERVICE), config),
  ];
}
