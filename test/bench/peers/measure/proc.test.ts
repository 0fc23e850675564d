import { expect, test } from 'vitest';
import { parsePeakBytes, parseStat, withDescendants } from './proc.ts';

test('a process may be named like the end of its name; what its ended children took is its own', () => {
  const text = '4711 (a) (b c) S 12 4711 4711 0 -1 4194560 100 0 0 0 250 125 7 9 20 0 11 0 1234 5678 90 184467';
  expect(parseStat(text)).toEqual({ parent: 12, cpuSeconds: 3.91 });
});

test('the peak of resident memory is in kilobytes', () => {
  expect(parsePeakBytes('Name:\tnode\nVmPeak:\t  999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n')).toBe(2 * 1024 ** 2);
  expect(parsePeakBytes('Name:\tnode\nState:\tZ (zombie)\n')).toBe(0);
});

test('grandchildren belong to it, neighbours do not', () => {
  const parents = new Map([
    [5, 3],
    [3, 2],
    [2, 1],
    [9, 1],
  ]);
  expect(withDescendants([2], parents)).toEqual(new Set([2, 3, 5]));
});
