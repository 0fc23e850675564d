import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { conditionsOf, runOf } from './example.ts';
import { ResultsFile } from './results.ts';

const folder = mkdtempSync(join(tmpdir(), 'peers-results-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a result replaces that of the same contender, and keeps what never came apart from what was not measured', async () => {
  const file = new ResultsFile(join(folder, 'docs'));
  expect(await file.read()).toEqual([]);
  const conditions = conditionsOf();
  const other = { name: 'other', conditions, wrong: 'by one' };
  const pair = { ours: runOf(1, Number.NaN), theirs: runOf(2, Infinity) };
  await file.put({ name: 'some', conditions, pairs: [] });
  await file.put(other);
  await file.put({ name: 'some', conditions, pairs: [pair] });
  expect(await file.read()).toEqual([other, { name: 'some', conditions, pairs: [pair] }]);
  expect(readdirSync(join(folder, 'docs'))).toEqual(['benchmarks.json']);
});
