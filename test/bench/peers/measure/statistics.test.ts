import { expect, test } from 'vitest';
import { median, pairedRatios, quantile, spreadOf } from './statistics.ts';

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([9, 1, 5])).toBe(5);
  expect(median([])).toBeNaN();
});

test('a quantile interpolates, and what never came counts as endless', () => {
  expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20);
  expect(quantile([0, 100], 0.99)).toBeCloseTo(99);
  expect(quantile([1, 2, Infinity, Infinity], 0.99)).toBe(Infinity);
  expect(quantile([1, 2, 3, Infinity], 0.5)).toBe(2.5);
});

test('ratios are of one pair each, so that a slow quarter of an hour does not show', () => {
  const pairs = [
    { ours: 10, theirs: 20 },
    { ours: 100, theirs: 300 },
    { ours: 1, theirs: 4 },
  ];
  expect(pairedRatios(pairs)).toEqual({ median: 3, least: 2, greatest: 4 });
});

test('pairs in which one was not measured are left out', () => {
  expect(pairedRatios([{ ours: 1, theirs: Number.NaN }])).toBeUndefined();
  expect(spreadOf([Number.NaN, 2])).toEqual({ median: 2, least: 2, greatest: 2 });
});
