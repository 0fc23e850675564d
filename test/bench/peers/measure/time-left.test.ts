import { expect, test } from 'vitest';
import { leftText, TimeLeft } from './time-left.ts';

test('what is left is the pairs of this contender, and warm-up and pairs of those after it', () => {
  const left = new TimeLeft(3, 5);
  left.begin();
  left.warmUpTook(50);
  expect(left.seconds).toBeUndefined();
  left.pairTook(100);
  expect(left.seconds).toBe(4 * 100 + 2 * (50 + 5 * 100));
  left.begin();
  left.warmUpTook(50);
  expect(left.seconds).toBe(5 * 100 + 50 + 5 * 100);
  left.pairTook(300);
  expect(left.seconds).toBe(4 * 300 + 50 + 5 * 200);
});

test('it is told in hours and minutes', () => {
  expect([undefined, 1, 3600, 12_345].map(leftText)).toEqual([
    '',
    ', about 1 min left',
    ', about 1 h 0 min left',
    ', about 3 h 26 min left',
  ]);
});
