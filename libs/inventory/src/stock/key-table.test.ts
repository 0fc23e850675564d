import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { KeyTable, NEVER } from './key-table.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('key table', () => {
  test('numbers keys in the order of their first mention, densely', () => {
    const keys = new KeyTable();
    expect([keys.keyOf(1, 2), keys.keyOf(2, 1), keys.keyOf(1, 2), keys.keyOf(-1, -2)]).toEqual([0, 1, 0, 2]);
    expect(keys.size).toBe(3);
  });

  test('creates a key without count and changes', () => {
    const keys = new KeyTable();
    const key = keys.keyOf(19, 5);
    expect([keys.storeId[key], keys.itemId[key]]).toEqual([19, 5]);
    expect(keys.countTime[key]).toBeNaN();
    expect([keys.changeSum[key], keys.lastChangeTime[key], keys.droppedMaxDateTime[key]]).toEqual([0, NEVER, NEVER]);
    expect([keys.newestChange[key], keys.touchedBlock[key], keys.touchedBatch[key]]).toEqual([-1, -1, -1]);
  });

  test('agrees with a map, for any keys', () => {
    const id = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31)), fc.integer());
    fc.assert(
      fc.property(fc.array(fc.tuple(id, id), { maxLength: 400, size: 'max' }), (pairs) => {
        const keys = new KeyTable();
        const model = new Map<string, number>();
        for (const [store, item] of pairs) {
          const expected = model.get(`${store}/${item}`) ?? model.size;
          model.set(`${store}/${item}`, expected);
          expect(keys.keyOf(store, item)).toBe(expected);
        }
        expect(keys.size).toBe(model.size);
      }),
      { numRuns: 1000 },
    );
  });

  test('keeps every column when it grows', () => {
    const keys = new KeyTable();
    const before = keys.byteLength;
    const count = 5000;
    const columns = [
      'countTime',
      'countPartition',
      'countOffset',
      'countLine',
      'countQuantity',
      'changeSum',
      'lastChangeTime',
      'droppedMaxDateTime',
      'newestChange',
      'touchedBlock',
      'touchedBatch',
    ] as const;
    for (let item = 0; item < count; item++) {
      const key = keys.keyOf(item % 7, item);
      columns.forEach((column, index) => (keys[column][key] = item + index));
    }
    for (let item = 0; item < count; item++) {
      expect(keys.keyOf(item % 7, item)).toBe(item);
      expect(columns.map((column) => keys[column][item]! - item)).toEqual([...columns.keys()]);
    }
    expect(keys.size).toBe(count);
    expect(keys.byteLength).toBeGreaterThan(before * 16);
  });
});
