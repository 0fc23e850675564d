import { expect, test } from 'vitest';
import { runMain } from './run-main.ts';

// Two files, so that two processes share the 100,000.
test(
  '50,000 simulated days, seeds 50,001 to 100,000, end with exactly the right tables',
  { timeout: 1_200_000 },
  async () => {
    const { code, output } = await runMain('--seeds', '50000', '--from', '50001');
    expect(output).toContain('50000 seeds from 50001: 0 differences');
    expect(code).toBe(0);
  },
);
