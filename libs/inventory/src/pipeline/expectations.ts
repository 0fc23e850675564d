import type { Reference } from '../contracts/reference.ts';
import type { Action } from './dataset.ts';

export type ChangeRowView = {
  readonly storeId: number;
  readonly itemId: number;
  readonly quantity: number;
  readonly changeTypeId: number;
  readonly dateTime: number;
};

export type CountRowView = {
  readonly storeId: number;
  readonly itemId: number;
  readonly quantity: number;
  readonly dateTime: number;
};

type Declared<Dataset extends string, Row> = {
  readonly name: string;
  readonly dataset: Dataset;
  readonly action: Action;
  readonly comment: string;
  /** Null is a failure, as in the SQL. */
  readonly holds: (row: Row, reference: Reference) => boolean | null;
  /** The same rule for the auditor, over the dataset's columns. */
  readonly sql: string;
};

export type ChangeExpectation = Declared<'inventory_change', ChangeRowView>;
export type CountExpectation = Declared<'inventory_snapshot', CountRowView>;
export type Expectation = ChangeExpectation | CountExpectation;

/** A named rule on the rows of a dataset, checked on the folded line and before duplicates are judged. */
export const EXPECTATIONS: readonly Expectation[] = [
  {
    name: 'known_item',
    dataset: 'inventory_change',
    action: 'warn',
    comment: 'The item is in the reference data; an unknown one has stock all the same.',
    holds: (row, reference) => reference.itemIds.has(row.itemId),
    sql: 'item_id IN (SELECT item_id FROM pos.item)',
  },
  {
    name: 'known_counted_item',
    dataset: 'inventory_snapshot',
    action: 'warn',
    comment: 'The counted item is in the reference data.',
    holds: (row, reference) => reference.itemIds.has(row.itemId),
    sql: 'item_id IN (SELECT item_id FROM pos.item)',
  },
  {
    name: 'non_negative_count',
    dataset: 'inventory_snapshot',
    action: 'warn',
    comment: 'Nobody counts less than nothing.',
    holds: (row) => row.quantity >= 0,
    sql: 'quantity >= 0',
  },
];

/** The declared expectations with other actions for some of them. Throws on a name that is not declared. */
export function withActions(actions: Readonly<Record<string, Action>>): readonly Expectation[] {
  for (const name of Object.keys(actions)) {
    if (!EXPECTATIONS.some((expectation) => expectation.name === name)) {
      const names = EXPECTATIONS.map((expectation) => expectation.name).join(', ');
      throw new Error(`no expectation is named ${name}; there are ${names}`);
    }
  }
  return EXPECTATIONS.map((expectation) => ({
    ...expectation,
    action: actions[expectation.name] ?? expectation.action,
  }));
}
