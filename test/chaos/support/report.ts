import { explainDifferences } from '@tillstream/store';
import { expect } from 'vitest';
import type { ChaosRun } from './chaos-run.ts';

/** Whether the long runs are wanted, that are too long for every change: `test:soak`. */
export const IS_SOAK = process.env['TILLSTREAM_SOAK'] === '1';

/** Settles the run, prints its figures, and demands that nothing is wrong. */
export async function expectExact(run: ChaosRun, what: string): Promise<void> {
  const { rows, differences, records } = await run.settle();
  console.log(
    `${what}: ${records} records, ${run.restarts} restarts; inventory: ${rows} rows, ${differences} differences`,
  );
  expect(rows).toBeGreaterThan(0);
  expect(differences === 0 ? [] : await explainDifferences(run.pipeline.store, 10)).toEqual([]);
}
