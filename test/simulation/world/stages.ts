import { BRONZE_SERVICE, BronzeStage } from '@tillstream/bronze-ingester';
import { GOLD_SERVICE, GoldStage } from '@tillstream/gold-aggregator';
import {
  EXPECTATIONS,
  INVENTORY_CHANGE_TOPIC,
  INVENTORY_SNAPSHOT_TOPIC,
  SILVER_INVENTORY_TOPIC,
} from '@tillstream/inventory';
import { SILVER_SERVICE, SilverStage } from '@tillstream/silver-normalizer';
import { MINUTE } from '../traffic/shop.ts';
import { fakeSilverHistory } from './fake-silver-history.ts';
import { fakeStockHistory } from './fake-stock-history.ts';
import type { Operations } from './operations.ts';
import type { World } from './world.ts';

export type StageName = 'bronze' | 'silver' | 'gold';

const INGRESS = [INVENTORY_CHANGE_TOPIC.name, INVENTORY_SNAPSHOT_TOPIC.name];

type StageParts = {
  readonly service: string;
  readonly topics: readonly string[];
  readonly create: (world: World, operations: Operations) => BronzeStage | SilverStage | GoldStage;
};

/** The real stages, with memory so small that nearly everything has to be looked up. */
export const STAGES: Readonly<Record<StageName, StageParts>> = {
  bronze: { service: BRONZE_SERVICE, topics: INGRESS, create: () => new BronzeStage() },
  silver: {
    service: SILVER_SERVICE,
    topics: INGRESS,
    create: (world, operations) =>
      new SilverStage(
        {
          expectations: EXPECTATIONS,
          hotLines: world.dice.between(2, 8),
          filterBytes: world.dice.pick([64, 128, 256]),
          lateAfterMs: MINUTE,
          seed: world.dice.uint32(),
          blockPartitions: world.silverPartitions,
          now: () => world.now,
        },
        fakeSilverHistory(world.store, operations, world.dice),
      ),
  },
  gold: {
    service: GOLD_SERVICE,
    topics: [SILVER_INVENTORY_TOPIC.name],
    create: (world, operations) =>
      new GoldStage(
        {
          pipeline: 'simulation',
          era: world.era,
          recentChanges: world.dice.between(1, 6),
          now: () => world.now,
          isHeard: () => false,
        },
        fakeStockHistory(world.store, operations, () => world.dice.chance(0.5)),
      ),
  },
};
