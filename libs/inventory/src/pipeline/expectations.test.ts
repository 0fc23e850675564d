import { describe, expect, test } from 'vitest';
import type { Reference } from '../contracts/reference.ts';
import { INVENTORY_CHANGE, INVENTORY_SNAPSHOT } from './datasets.ts';
import { EXPECTATIONS, withActions, type Expectation } from './expectations.ts';

const REFERENCE: Reference = { storeNames: new Map(), changeTypes: new Map(), itemIds: new Set([5]) };

function holds(name: string, row: { readonly itemId?: number; readonly quantity?: number }): boolean | null {
  const expectation = EXPECTATIONS.find((one) => one.name === name)!;
  const { holds: check } = expectation as { readonly holds: (row: object, reference: Reference) => boolean | null };
  return check({ storeId: 19, itemId: 5, quantity: 1, changeTypeId: 1, dateTime: 0, ...row }, REFERENCE);
}

describe('declared expectations', () => {
  test('have names of their own, a comment, a SQL, and a dataset that exists', () => {
    const names = EXPECTATIONS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { dataset, comment, sql } of EXPECTATIONS) {
      expect([INVENTORY_CHANGE.name, INVENTORY_SNAPSHOT.name]).toContain(dataset);
      expect([comment, sql]).not.toContain('');
    }
  });

  test.each([
    ['known_item', { itemId: 5 }, true],
    ['known_item', { itemId: 6 }, false],
    ['known_counted_item', { itemId: 5 }, true],
    ['known_counted_item', { itemId: 6 }, false],
    ['non_negative_count', { quantity: 0 }, true],
    ['non_negative_count', { quantity: -1 }, false],
  ])('%s of %o is %s', (name, row, expected) => {
    expect(holds(name, row)).toBe(expected);
  });
});

describe('withActions', () => {
  const actionsOf = (expectations: readonly Expectation[]) =>
    Object.fromEntries(expectations.map(({ name, action }) => [name, action]));

  test('changes the actions that are named and no other', () => {
    const changed = withActions({ non_negative_count: 'quarantine', known_item: 'fail' });
    expect(actionsOf(changed)).toEqual({
      known_item: 'fail',
      known_counted_item: 'warn',
      non_negative_count: 'quarantine',
    });
    expect(actionsOf(EXPECTATIONS)).toEqual(actionsOf(withActions({})));
  });

  test('refuses a name that is not declared, and says which there are', () => {
    expect(() => withActions({ known_itme: 'drop' })).toThrow(
      'no expectation is named known_itme; there are known_item, known_counted_item, non_negative_count',
    );
  });
});
