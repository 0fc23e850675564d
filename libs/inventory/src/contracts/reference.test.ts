import { expect, test } from 'vitest';
import { EMPTY_REFERENCE, PickUpRule } from './reference.ts';

const RULE = new PickUpRule({
  storeNames: new Map([
    [1, 'online'],
    [2, 'Online'],
    [3, 'online store'],
    [4, 'Main Street'],
    [5, 'online'],
  ]),
  changeTypes: new Map([
    [1, 'bopis'],
    [2, 'sale'],
    [3, 'BOPIS'],
  ]),
  itemIds: new Set(),
});

test.each([
  [true, 'a pick-up in the online store', 1, 1],
  [true, 'a pick-up in another store of that very name', 5, 1],
  [false, 'a sale in the online store', 1, 2],
  [false, 'a pick-up in the store that hands it out', 4, 1],
  [false, 'a store whose name is only similar', 2, 1],
  [false, 'a store whose name only begins so', 3, 1],
  [false, 'a type whose name is only similar', 1, 3],
  [false, 'a store that nobody knows', 99, 1],
  [false, 'a type that nobody knows', 1, 99],
])('leaves the shelf alone: %s for %s', (expected, _, storeId, changeTypeId) => {
  expect(RULE.excludes(storeId, changeTypeId)).toBe(expected);
});

test('without reference data every change counts', () => {
  expect(new PickUpRule(EMPTY_REFERENCE).excludes(1, 1)).toBe(false);
});
