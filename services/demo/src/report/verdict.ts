import type { Expectation } from '@tillstream/inventory';
import { audit, explainDifferences, type Store } from '@tillstream/store';
import { compareWithFile, type ExpectedRows } from './expected-file.ts';

const MAX_EXAMPLES = 5;

/** Prints what differs, then the last line that scripts read. Resolves to the number of differences. */
export async function printVerdict(
  store: Store,
  expectations: readonly Expectation[],
  expected: ExpectedRows | undefined,
): Promise<number> {
  const audited = await audit(store, { expectations });
  console.log(`\naudit: ${audited.differences} differences to the recomputation from bronze`);
  if (audited.differences > 0) {
    for (const one of await explainDifferences(store, MAX_EXAMPLES, { expectations })) {
      console.log(`  ${one.what} ${one.subject}: expected ${one.expected}, found ${one.actual}`);
    }
  }
  let { differences } = audited;
  if (expected !== undefined) {
    const compared = await compareWithFile(store, expected);
    console.log(`expected file: ${compared.differences} differences in ${expected.size} rows`);
    for (const example of compared.examples) console.log(`  ${example}`);
    differences += compared.differences;
  }
  console.log(`inventory: ${audited.rows} rows, ${differences} differences`);
  return differences;
}
