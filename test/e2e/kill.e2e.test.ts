import { syntheticSource } from '@tillstream/generator';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { query, run, start, temporaryFolder } from './support/run-demo.ts';

const KILLS = 50;
/** More than fifty lives can send at the rate, however quickly they start. */
const TRANSACTIONS = 150_000;
const RATE = 1500;
/** From before the store is open to well into the flow. */
const MIN_LIFE_MS = 300;
const MAX_LIFE_MS = 3500;

test(`killed ${KILLS} times and started again, the demo loses nothing and counts nothing twice`, async () => {
  const data = temporaryFolder();
  const input = ['--data', data, '--transactions', String(TRANSACTIONS)];
  let sent = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, finished } = start('demo', [...input, '--rate', String(RATE)]);
    const life = MIN_LIFE_MS + Math.random() * (MAX_LIFE_MS - MIN_LIFE_MS);
    await sleep(life);
    child.kill('SIGKILL');
    const { code, stderr } = await finished;
    expect(code, `died by itself before kill ${kill + 1} after ${Math.round(life)} ms: ${stderr}`).toBeNull();
  }
  const last = await run('demo', [...input, '--rate', 'max']);
  expect(last.stderr + last.stdout).toContain('differences');
  expect(last.lastLine).toMatch(/^inventory: \d+ rows, 0 differences$/);
  expect(last.code).toBe(0);

  const source = syntheticSource({ seed: 1, transactions: TRANSACTIONS });
  for (const step of source.steps()) if (step.kind === 'record') sent++;
  const { truth } = source;
  const [found] = await query<Record<string, string>>(
    data,
    `SELECT (SELECT count() FROM raw_inventory_change) AS records,
      (SELECT uniqExact(topic, partition, offset) FROM raw_inventory_change) AS positions,
      (SELECT count() FROM inventory_change) AS lines,
      (SELECT count() FROM quarantine) AS quarantined,
      (SELECT count() FROM inventory_snapshot) AS counts,
      (SELECT count() FROM loaded_file) AS files`,
  );
  expect(found).toEqual({
    records: String(sent),
    positions: String(sent),
    lines: String(truth.lines),
    quarantined: String(truth.quarantinedRecords),
    counts: String(truth.countRows),
    files: String(truth.countSheets),
  });
});
