import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run, temporaryFolder } from './support/run-demo.ts';

/** Mounting a small disk takes root on Linux. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;
if (!canMount) console.warn('left out: a full disk, which takes root on Linux');

test.runIf(canMount)(
  'on a full disk the demo says so in one line, and goes on exactly when there is room',
  async () => {
    const disk = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=150m', 'tmpfs', disk]);
    onTestFinished(() => {
      execFileSync('umount', [disk]);
    });
    const args = ['--data', join(disk, 'data'), '--rate', 'max', '--transactions', '200000'];
    const full = await run('demo', args);
    expect(full.stderr.trimEnd().split('\n').at(-1)).toMatch(/^demo: .*(disk|space).*/);
    expect(full.code).toBe(2);

    execFileSync('mount', ['-o', 'remount,size=900m', disk]);
    const again = await run('demo', args);
    expect(again.lastLine, again.stderr).toBe('inventory: 6000 rows, 0 differences');
    expect(again.code).toBe(0);
  },
);
