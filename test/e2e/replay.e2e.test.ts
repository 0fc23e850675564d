import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ONLINE_RETAIL, run, temporaryFolder } from './support/run-demo.ts';

const SHUFFLES = 10;
const EXPECTED = join(ONLINE_RETAIL, 'expected_inventory_current.csv.gz');

/** The data is not ours to commit: it lies beside the checkout, or it does not. */
const isThere = existsSync(EXPECTED);
if (!isThere) console.warn(`left out: replay of real data, which is not at ${ONLINE_RETAIL}`);

test.runIf(isThere).for([undefined, ...Array.from({ length: SHUFFLES }, (_, index) => 11 * index + 1)])(
  'real data gives the right answer, shuffle seed %s',
  async (seed) => {
    const shuffle = seed === undefined ? [] : ['--shuffle', String(seed)];
    const startedAt = performance.now();
    const args = ['--replay', ONLINE_RETAIL, '--expect', EXPECTED, '--data', temporaryFolder(), ...shuffle];
    const { code, lastLine, stderr } = await run('demo', args);
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`shuffle ${seed ?? 'none'}: ${seconds.toFixed(1)} s, ${lastLine}`);
    expect(lastLine, stderr).toBe('inventory: 40071 rows, 0 differences');
    expect(code).toBe(0);
  },
);
