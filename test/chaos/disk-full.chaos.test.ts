import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ChaosRun } from './support/chaos-run.ts';
import { expectExact } from './support/report.ts';

const DISK = '600m';
/** Less than chDB keeps for inserts under way: it would lose what is written to the last byte, and end. */
const LEFT_BYTES = 24 * 2 ** 20;
/** Longer than a worker is patient with a query that does not fit. */
const FULL_MS = 30_000;

test.skipIf(process.getuid?.() !== 0)("ClickHouse's disk full, and freed", async () => {
  let folder = '';
  await using run = await ChaosRun.start({
    prepare: (serversFolder) => {
      folder = join(serversFolder, 'clickhouse');
      mkdirSync(folder, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', folder]);
      return () => void execFileSync('umount', [folder]);
    },
  });
  const ballast = join(folder, 'ballast');
  fill(ballast, folder);
  const waited = async (): Promise<boolean> =>
    run.pipeline.fleet.processes.some((process) => process.output().includes('disk_full'));
  await run.until('worker that waits for room', waited);
  await sleep(FULL_MS);
  rmSync(ballast);
  await expectExact(run, 'disk full');
  expect(run.restarts).toBe(0);
});

function fill(path: string, folder: string): void {
  const piece = Buffer.alloc(2 ** 20);
  appendFileSync(path, piece);
  for (;;) {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize <= LEFT_BYTES) return;
    appendFileSync(path, piece);
  }
}
