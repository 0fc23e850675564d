import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC, SILVER_INVENTORY_TOPIC } from '@tillstream/inventory';

/** A stage that works on a topic as a consumer group of its name; `field` is what the Pipeline calls it. */
export type WorkerStage = {
  readonly field: 'bronze' | 'silver' | 'gold';
  readonly name: string;
  readonly topics: readonly string[];
};

const INPUT_TOPICS = [INVENTORY_CHANGE_TOPIC.name, INVENTORY_SNAPSHOT_TOPIC.name];

export const BRONZE: WorkerStage = { field: 'bronze', name: 'bronze-ingester', topics: INPUT_TOPICS };
export const SILVER: WorkerStage = { field: 'silver', name: 'silver-normalizer', topics: INPUT_TOPICS };
export const GOLD: WorkerStage = { field: 'gold', name: 'gold-aggregator', topics: [SILVER_INVENTORY_TOPIC.name] };

/** From the source to the reader. */
export const WORKER_STAGES: readonly WorkerStage[] = [BRONZE, SILVER, GOLD];

export const GENERATOR = 'generator';

/** Of a stage's Deployment, and of what belongs to it. */
export function workloadName(pipeline: string, stage: string): string {
  return `${pipeline}-${stage}`;
}
