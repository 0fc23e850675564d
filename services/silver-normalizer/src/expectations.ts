import type { Expectation, Reference } from '@tillstream/inventory';
import { UserError, type Count } from '@tillstream/runtime';

/** Rows of one dataset as its expectations see them, by number. */
export type CheckedRows<Row> = {
  readonly count: number;
  readonly row: (index: number) => Row;
  /** Called for a row that is left out; `rule` when it goes to quarantine. */
  readonly leaveOut: (index: number, rule: string | undefined) => void;
};

type Checked<Row> = Pick<Expectation, 'action' | 'dataset' | 'name'> & {
  readonly holds: (row: Row, reference: Reference) => boolean | null;
};

/**
 * Checks every row against every expectation of its dataset. Throws on the first row that breaks one with the action
 * `fail`: nothing of the batch has been written by then, and nothing will be.
 */
export function checkExpectations<Row>(
  expectations: readonly Checked<Row>[],
  rows: CheckedRows<Row>,
  reference: Reference,
): readonly Count[] {
  return expectations.flatMap((expectation) => {
    let failed = 0;
    for (let index = 0; index < rows.count; index++) {
      if (expectation.holds(rows.row(index), reference) === true) continue;
      failed++;
      act(expectation, rows, index);
    }
    const { name: rule, dataset } = expectation;
    const counts: Count[] = [
      { name: 'expectation_passed', dataset, rule, value: rows.count - failed },
      { name: 'expectation_failed', dataset, rule, value: failed },
    ];
    if (expectation.action === 'drop') counts.push({ name: 'rows_dropped', dataset, rule, value: failed });
    return counts;
  });
}

function act<Row>(expectation: Checked<Row>, rows: CheckedRows<Row>, index: number): void {
  switch (expectation.action) {
    case 'warn':
      return;
    case 'drop':
      return rows.leaveOut(index, undefined);
    case 'quarantine':
      return rows.leaveOut(index, expectation.name);
    case 'fail':
      throw new UserError(
        `expectation ${expectation.name} of ${expectation.dataset} failed for ${JSON.stringify(rows.row(index))}: ` +
          'correct the source or give the expectation another action, then start again',
      );
  }
}
