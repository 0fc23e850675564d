import { afterAll, beforeAll, expect, test } from 'vitest';
import { IS_SOAK, startBench, unreachable, until, type Bench } from './support/bench.ts';
import type { OperatorProcess } from './support/operator-process.ts';

const RECONCILES = 10_000;
/** What is compiled and cached at first is not what grows. */
const WARM_UP = 500;
/** Of the heap after a collection: half a kilobyte for each of the 10,000. Compiled code alone comes and goes by as much. */
const MOST_GROWTH_BYTES = 5_000_000;

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
}, 300_000);

afterAll(async () => bench[Symbol.asyncDispose](), 60_000);

type Pipeline = { readonly status?: { readonly observedGeneration: number } };

test('200 Pipelines are looked at within a minute of its start', async () => {
  await bench.kubectl.apply(...Array.from({ length: 200 }, (_, index) => unreachable(`many-${index}`, index)));
  const one = bench.operator('busy');
  const startedAt = performance.now();
  await until(async () => {
    const found = await bench.kubectl.list<Pipeline>('pipelines');
    expect(found.filter(({ status }) => status?.observedGeneration === 1)).toHaveLength(200);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  console.log('200 Pipelines after', seconds.toFixed(1), 's, start included');
  expect(seconds).toBeLessThan(60);
  expect(one.hasEnded).toBe(false);
  await bench.kubectl.run('delete', 'pipelines', '--all', '--wait=false');
});

/** Changes all Pipelines, and makes one that goes again, until so many more were looked at. */
async function reconciled(one: OperatorProcess, count: number): Promise<void> {
  const target = (await one.reconciles()) + count;
  for (let turn = 0; (await one.reconciles()) < target; turn++) {
    // The one is written into the status, the other is nothing to the operator.
    const name = turn % 4 === 0 ? 'tillstream.dev/requestedAt' : 'example.org/turn';
    await bench.kubectl.run('annotate', 'pipelines', '--all', '--overwrite', `${name}=${performance.now()}`);
    if (turn % 5 !== 0) continue;
    await bench.kubectl.apply(unreachable('passing', 1000 + (turn % 1000)));
    await bench.kubectl.run('delete', 'pipeline', 'passing');
  }
}

test.runIf(IS_SOAK)(`over ${RECONCILES} looks at Pipelines its memory stays flat`, { timeout: 3_600_000 }, async () => {
  const one = bench.operator('flat');
  for (let index = 0; index < 50; index++) await bench.withPipeline(unreachable(`stays-${index}`, index));
  await reconciled(one, WARM_UP);
  const before = await one.heapBytes();
  await reconciled(one, RECONCILES);
  const after = await one.heapBytes();
  console.log(`heap ${(before / 1e6).toFixed(2)} MB, after ${RECONCILES} reconciles ${(after / 1e6).toFixed(2)} MB`);
  expect(after - before).toBeLessThan(MOST_GROWTH_BYTES);
});
