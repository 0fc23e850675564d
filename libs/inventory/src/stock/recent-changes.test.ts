import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { RecentChanges, type RecentChange } from './recent-changes.ts';

vi.setConfig({ testTimeout: 60_000 });

const change = (identityLow: number, more: Partial<RecentChange> = {}): RecentChange => ({
  key: 0,
  identityHigh: 0,
  identityLow,
  dateTime: identityLow,
  quantity: 1,
  sourcePartition: 0,
  sourceOffset: identityLow,
  previous: -1,
  ...more,
});

describe('recent changes', () => {
  test('let the oldest go when there is no room, and tell of it', () => {
    const forgotten: (readonly number[])[] = [];
    const recent = new RecentChanges(2, (...one) => forgotten.push(one));
    recent.add(change(10, { key: 4, dateTime: 99, sourcePartition: 3, sourceOffset: 2 ** 40 }));
    recent.add(change(11));
    expect(forgotten).toEqual([]);
    recent.add(change(12));
    expect(forgotten).toEqual([[4, 99, 3, 2 ** 40]]);
    expect([10, 11, 12].map((low) => recent.has(low === 10 ? 4 : 0, 0, low))).toEqual([false, true, true]);
  });

  test('tell changes apart by key and by both halves of the identity', () => {
    const recent = new RecentChanges(8, () => undefined);
    recent.add(change(1, { key: 5, identityHigh: 2 }));
    expect([
      recent.has(5, 2, 1),
      recent.has(6, 2, 1),
      recent.has(5, 1, 1),
      recent.has(5, 2, 2),
      recent.has(5, 1, 2),
    ]).toEqual([true, false, false, false, false]);
  });

  test('add up the chain of a key from a moment on, as far as it is still here', () => {
    const recent = new RecentChanges(3, () => undefined);
    const add = (dateTime: number, quantity: number, previous: number): number =>
      recent.add(change(dateTime, { dateTime, quantity, previous }));
    const newest = add(3, 100, add(1, 10, add(2, 1, -1)));
    expect([0, 1, 2, 3, 4].map((from) => recent.sumSince(newest, from))).toEqual([111, 111, 101, 100, 0]);
    // Another key takes the place of the first.
    add(9, 5000, -1);
    expect(recent.sumSince(newest, 0)).toBe(110);
    expect(recent.sumSince(-1, 0)).toBe(0);
  });

  test('agree with a list of the last ones, key by key', () => {
    const one = fc.record({
      key: fc.nat({ max: 2 }),
      identityHigh: fc.nat({ max: 1 }),
      identityLow: fc.constantFrom(0, 1, 2, 8, 16, 0xffffffff),
      dateTime: fc.nat({ max: 9 }),
      quantity: fc.integer({ min: -5, max: 5 }),
    });
    const capacities = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(
        capacities,
        fc.array(one, { maxLength: 60, size: 'max' }),
        fc.nat({ max: 9 }),
        (capacity, all, from) => {
          const forgotten: number[] = [];
          const recent = new RecentChanges(capacity, (_key, _time, _partition, offset) => forgotten.push(offset));
          const newest = [-1, -1, -1];
          const added: RecentChange[] = [];
          for (const draft of all) {
            const here = added.slice(-capacity);
            const isKnown = here.some(
              ({ key, identityHigh, identityLow }) =>
                key === draft.key && identityHigh === draft.identityHigh && identityLow === draft.identityLow,
            );
            expect(recent.has(draft.key, draft.identityHigh, draft.identityLow)).toBe(isKnown);
            if (isKnown) continue;
            const full = change(0, { ...draft, sourceOffset: added.length, previous: newest[draft.key]! });
            newest[draft.key] = recent.add(full);
            added.push(full);
          }
          expect(forgotten).toEqual([...added.keys()].slice(0, Math.max(0, added.length - capacity)));
          const sums = newest.map((sequence) => recent.sumSince(sequence, from));
          const expected = [0, 1, 2].map((key) =>
            added
              .slice(-capacity)
              .filter((held) => held.key === key && held.dateTime >= from)
              .reduce((sum, held) => sum + held.quantity, 0),
          );
          expect(sums).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
