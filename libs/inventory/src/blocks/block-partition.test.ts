import { describe, expect, test } from 'vitest';
import { blockPartition } from './block-partition.ts';

describe('partition of a key', () => {
  // Stored in tables and topics: another value here needs a new era.
  test.each([
    [19, 103437, 24, 2],
    [0, 0, 24, 0],
    [1, 1, 24, 14],
    [1, 2, 24, 21],
    [2, 1, 24, 18],
    [-1, -1, 24, 2],
    [2147483647, -2147483648, 24, 17],
    [19, 103437, 4, 2],
    [19, 103437, 1, 0],
  ])('of store %i, item %i among %i is %i', (storeId, itemId, partitions, partition) => {
    expect(blockPartition(storeId, itemId, partitions)).toBe(partition);
  });

  test.each([1, 3, 4, 12, 24])('spreads 50 stores with 4,000 items evenly over %i', (partitions) => {
    const keys = new Uint32Array(partitions);
    for (let store = 0; store < 50; store++) {
      for (let item = 100_000; item < 104_000; item++) keys[blockPartition(store, item, partitions)]!++;
    }
    const mean = 200_000 / partitions;
    expect(Math.max(...keys)).toBeLessThan(mean * 1.05);
    expect(Math.min(...keys)).toBeGreaterThan(mean * 0.95);
  });

  test('spreads the items of one store, and one item of all stores', () => {
    const [items, stores] = [new Uint32Array(4), new Uint32Array(4)];
    for (let id = 0; id < 4000; id++) {
      items[blockPartition(19, id, 4)]!++;
      stores[blockPartition(id, 103437, 4)]!++;
    }
    expect(Math.min(...items, ...stores)).toBeGreaterThan(900);
  });
});
