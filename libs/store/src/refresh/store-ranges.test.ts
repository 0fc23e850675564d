import { expect, it } from 'vitest';
import { storeRanges } from './store-ranges.ts';

const LEAST = -(2 ** 31);
const GREATEST = 2 ** 31 - 1;

it('every store id is in one range, and a range has no more rows than it may, if it has several stores', () => {
  const rows = [
    { storeId: -5, rows: 4 },
    { storeId: 1, rows: 5 },
    { storeId: 2, rows: 30 },
    { storeId: 9, rows: 1 },
  ];
  expect(storeRanges(rows, 10)).toEqual([
    { firstStore: LEAST, lastStore: 1 },
    { firstStore: 2, lastStore: 8 },
    { firstStore: 9, lastStore: GREATEST },
  ]);
  expect(storeRanges([], 10)).toEqual([{ firstStore: LEAST, lastStore: GREATEST }]);
});
