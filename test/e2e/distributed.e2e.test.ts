import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ONLINE_RETAIL, run, temporaryFolder } from './support/run-demo.ts';

const EXPECTED = join(ONLINE_RETAIL, 'expected_inventory_current.csv.gz');

/** The data is not ours to commit: it lies beside the checkout, or it does not. */
const isThere = existsSync(EXPECTED);

test.for([
  { kafka: '4.1', replicas: 1 },
  { kafka: '4.1', replicas: 3 },
  { kafka: '3.9', replicas: 1 },
  { kafka: '3.9', replicas: 3 },
])('on Kafka $kafka, ClickHouse and NATS, $replicas of each stage', async ({ kafka, replicas }) => {
  const input = isThere
    ? ['--replay', ONLINE_RETAIL, '--expect', EXPECTED]
    : ['--transactions', '20000', '--rate', 'max'];
  const servers = ['--distributed', '--kafka', kafka, '--replicas', String(replicas)];
  const startedAt = performance.now();
  const { code, lastLine, stderr } = await run('demo', [...servers, ...input, '--data', temporaryFolder()]);
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`Kafka ${kafka}, ${replicas} of each stage: ${seconds.toFixed(1)} s, ${lastLine}`);
  expect(lastLine, stderr).toMatch(
    isThere ? /^inventory: 40071 rows, 0 differences$/ : /^inventory: \d+ rows, 0 differences$/,
  );
  expect(code).toBe(0);
});
