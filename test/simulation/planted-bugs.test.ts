import { expect, test } from 'vitest';
import { PLANTED_BUGS } from './planted/bugs.ts';
import { runMain } from './run-main.ts';

// Who trusts a simulation that finds nothing must know what it would find.
test.each(PLANTED_BUGS)('the simulation catches: $name', { timeout: 600_000 }, async ({ name, within = 2000 }) => {
  const { output } = await runMain('--planted', name, '--seeds', String(within));
  const caught = /goes wrong, after (\d+) seeds/.exec(output);
  expect(caught, output).not.toBeNull();
  // The days went wrong because of the bug, and not because the edited code does not run.
  expect(output).not.toMatch(/SyntaxError|ReferenceError|TypeError/);
  console.log(`${name}: caught after ${caught![1]} seeds`);
});

test('a planted bug whose code has moved is not taken for caught', { timeout: 60_000 }, async () => {
  const { code, output } = await runMain('--planted', 'no such bug');
  expect(output).toContain('there are');
  expect(code).toBe(1);
});
