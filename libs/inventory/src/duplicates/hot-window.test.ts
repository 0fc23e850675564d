import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { HotWindow, type HotLine } from './hot-window.ts';

vi.setConfig({ testTimeout: 60_000 });

const line = (high: number, low: number, offset = 0): HotLine => ({
  identityHigh: high,
  identityLow: low,
  content: high * 1000 + low,
  partition: 3,
  offset,
});

describe('hot window', () => {
  test('remembers content and position of a line', () => {
    const window = new HotWindow(4);
    window.add({ identityHigh: 1, identityLow: 2, content: 2 ** 53 - 1, partition: 65535, offset: 2 ** 48 - 1 });
    const at = window.find(1, 2);
    expect(window.contentAt(at)).toBe(2 ** 53 - 1);
    expect(window.partitionAt(at)).toBe(65535);
    expect(window.isAt(at, 65535, 2 ** 48 - 1)).toBe(true);
    expect(window.isAt(at, 65535, 2 ** 48 - 2)).toBe(false);
    expect(window.isAt(at, 65534, 2 ** 48 - 1)).toBe(false);
  });

  test('tells identities apart that share one of their halves', () => {
    const window = new HotWindow(4);
    window.add(line(1, 2));
    expect([window.find(1, 3), window.find(2, 2), window.find(2, 1)]).toEqual([-1, -1, -1]);
  });

  test('lets the oldest line go when it is full', () => {
    const window = new HotWindow(2);
    for (const low of [1, 2, 3]) window.add(line(0, low));
    expect([1, 2, 3].map((low) => window.find(0, low) >= 0)).toEqual([false, true, true]);
    expect(window.size).toBe(2);
  });

  test('holds exactly the last lines by arrival, however their hashes meet', () => {
    const high = fc.integer({ min: 0, max: 5 });
    const low = fc.constantFrom(0, 1, 2, 16, 32, 0xffffffff, 0xfffffff0);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.tuple(high, low), { maxLength: 80, size: 'max' }),
        (capacity, all) => {
          const window = new HotWindow(capacity);
          let model: HotLine[] = [];
          all.forEach(([identityHigh, identityLow], offset) => {
            const isKnown = model.some((one) => one.identityHigh === identityHigh && one.identityLow === identityLow);
            expect(window.find(identityHigh, identityLow) >= 0).toBe(isKnown);
            if (!isKnown) {
              window.add(line(identityHigh, identityLow, offset));
              model = [...model, line(identityHigh, identityLow, offset)].slice(-capacity);
            }
            for (const one of model) {
              const at = window.find(one.identityHigh, one.identityLow);
              expect(window.isAt(at, 3, one.offset) && window.contentAt(at) === one.content).toBe(true);
            }
            expect(window.size).toBe(model.length);
          });
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('takes no more memory when it fills', () => {
    const window = new HotWindow(1000);
    const empty = window.byteLength;
    for (let low = 0; low < 5000; low++) window.add(line(0, low));
    expect(window.byteLength).toBe(empty);
    expect(empty).toBeLessThan(1000 * 48);
  });
});
