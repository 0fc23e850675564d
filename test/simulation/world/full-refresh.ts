import { INVENTORY_CHANGE, INVENTORY_CURRENT, INVENTORY_SNAPSHOT, SILVER_INVENTORY_TOPIC } from '@tillstream/inventory';
import { touchBlocks } from '@tillstream/runtime';
import type { Dice } from '../../support/dice.ts';
import type { Population } from '../population.ts';
import type { Row } from './decode-rows.ts';
import { distinctKeys, stateOf, type Silver } from './fake-stock-history.ts';
import type { StoredChange, StoredCount, StoredGold } from './stored-rows.ts';

/**
 * A full refresh as the operator does it, its steps at moments of their own: some rows of gold are damaged; every worker
 * of gold ends before one of the next era starts; the ends of the silver topic are noted and gold is computed from the
 * tables, which are read one after the other; gold is told to write some keys again; what was computed is inserted, and
 * rows of lower eras go.
 */
export class FullRefresh {
  readonly #population: Population;
  readonly #dice: Dice;
  readonly #steps: (() => void)[];
  #ends: readonly number[] = [];
  #silver: Silver = { changes: [], counts: [] };

  constructor(population: Population, dice: Dice) {
    this.#population = population;
    this.#dice = dice;
    const compute = [() => this.#noteEnds(), () => this.#readChanges(), () => this.#readCounts()];
    const isTooSoon = population.world.sabotage === 'gold is computed before the roll';
    const inOrder = isTooSoon ? [...compute, () => this.#roll()] : [() => this.#roll(), ...compute];
    this.#steps = [() => this.#damage(), ...inOrder, () => this.#touch(), () => this.#replace()];
  }

  /** False when it is over. */
  step(): boolean {
    const step = this.#steps.shift();
    step?.();
    return step !== undefined;
  }

  get #gold() {
    return this.#population.world.store.table(INVENTORY_CURRENT);
  }

  #damage(): void {
    const { rows } = this.#gold;
    for (const [key, row] of rows) {
      const harm = this.#dice.below(5);
      if (harm === 0) rows.delete(key);
      if (harm === 1) rows.set(key, { ...row, current_inventory: -1 });
      if (this.#dice.chance(0.2)) rows.set(`${key}0`, { ...row, item_id: Number(row['item_id']) * 10 });
    }
    this.#population.world.note(() => 'gold is damaged');
  }

  #roll(): void {
    const { world } = this.#population;
    const isOverlapping = world.sabotage === 'eras overlap';
    for (const life of this.#population.of('gold')) {
      if (!isOverlapping || this.#dice.chance(0.5)) life.kill();
    }
    world.era++;
    world.note(() => `gold is of era ${world.era}`);
    world.group('gold').rebalance();
    this.#population.spawn('gold');
  }

  #noteEnds(): void {
    const partitions = this.#population.world.log.topics.get(SILVER_INVENTORY_TOPIC.name)!;
    this.#ends = partitions.map(({ records }) => records.length);
  }

  #readChanges(): void {
    const changes = this.#population.world.store.table(INVENTORY_CHANGE).all<StoredChange>();
    this.#silver = { ...this.#silver, changes };
  }

  #readCounts(): void {
    const counts = this.#population.world.store.table(INVENTORY_SNAPSHOT).all<StoredCount>();
    this.#silver = { ...this.#silver, counts };
  }

  #touch(): void {
    const { log, silverPartitions } = this.#population.world;
    const some = distinctKeys(this.#silver.counts).filter(() => this.#dice.chance(0.5));
    const keys = some.map(([storeId, itemId]) => ({ storeId, itemId }));
    for (const batch of touchBlocks(keys, silverPartitions, 0)) log.partition(batch).append(batch);
  }

  #replace(): void {
    const { era } = this.#population.world;
    this.#population.world.note(() => 'gold is as computed');
    this.#gold.insert(this.#computed(BigInt(era) << 48n));
    for (const [key, row] of this.#gold.rows) {
      if (BigInt((row as unknown as StoredGold).version) < BigInt(era) << 48n) this.#gold.rows.delete(key);
    }
  }

  #computed(firstVersion: bigint): Row[] {
    const { counts } = this.#silver;
    return distinctKeys(counts).map(([storeId, itemId]) => {
      const { count, settledSum, settledLastTime } = stateOf({ storeId, itemId }, this.#silver, undefined);
      const carrier = counts.find((row) => row.store_id === storeId && row.item_id === itemId)!.block_partition;
      return {
        store_id: storeId,
        item_id: itemId,
        snapshot_quantity: count!.quantity,
        change_quantity: settledSum,
        current_inventory: count!.quantity + settledSum,
        date_time: Math.max(count!.dateTime, settledLastTime),
        version: firstVersion | BigInt(this.#ends[carrier]!),
      };
    });
  }
}
