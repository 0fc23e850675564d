import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { compare, KEDA, meanResult, renderTable, TIGHT_KEDA } from './comparison.ts';
import { NUMAFLOW } from './contenders/numaflow.ts';
import { TILLSTREAM, TILLSTREAM_BY_OFFSETS } from './contenders/tillstream.ts';
import { LOADS } from './model/loads.ts';
import { PAGE, withTable } from './page.ts';
import { run } from './run.ts';

const comparison = compare();

describe.each(comparison)('$load.name', ({ load, results }) => {
  const ours = results.get(TILLSTREAM)!;

  test.each([KEDA, TIGHT_KEDA, NUMAFLOW])('rescales less often than $name', (other) => {
    expect(ours.rescales).toBeLessThan(results.get(other)!.rescales);
  });

  test.each([KEDA, NUMAFLOW])('lags no more than $name', (other) => {
    expect(ours.p95LagSeconds).toBeLessThanOrEqual(results.get(other)!.p95LagSeconds);
  });

  test('rescales and lags less than Numaflow where only offsets are known', () => {
    const byOffsets = meanResult(TILLSTREAM_BY_OFFSETS, load);
    const numaflow = results.get(NUMAFLOW)!;
    expect(byOffsets.rescales).toBeLessThan(numaflow.rescales);
    expect(byOffsets.p95LagSeconds).toBeLessThanOrEqual(numaflow.p95LagSeconds);
  });
});

// Who keeps every pod waiting for a slow sink has them at hand when it recovers.
const quickSinks = comparison.filter(({ load }) => load.slowSink === undefined);

test.each(quickSinks)('$load.name lags no more than with a tight KEDA', ({ results }) => {
  expect(results.get(TILLSTREAM)!.p95LagSeconds).toBeLessThanOrEqual(results.get(TIGHT_KEDA)!.p95LagSeconds);
});

test('a seed gives the same run', () => {
  const [load] = LOADS;
  expect(run(TILLSTREAM, load!, 7)).toEqual(run(TILLSTREAM, load!, 7));
});

test('the table in the documentation is what the simulation gives; if not: pnpm simulate:scaling', async () => {
  const page = await readFile(PAGE, 'utf8');
  expect(page).toBe(withTable(page, renderTable(comparison)));
});
