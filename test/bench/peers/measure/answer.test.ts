import { expect, test } from 'vitest';
import { answerOf, compareAnswers } from './answer.ts';

const right = answerOf([
  { storeId: 1, itemId: 7, quantity: 3 },
  { storeId: 1, itemId: 8, quantity: -2 },
]);

test('the same keys with the same quantities are no difference, in whatever order', () => {
  expect(compareAnswers(right, new Map([...right].toReversed()))).toEqual({ differences: 0, examples: [] });
});

test('a wrong quantity, a missing key and one too many are a difference each', () => {
  const given = new Map([
    ['1|7', 4],
    ['2|7', 0],
  ]);
  expect(compareAnswers(right, given)).toEqual({
    differences: 3,
    examples: ['1|7 is 4, not 3', '1|8 is missing, not -2', '2|7 is 0, not there at all'],
  });
});
