import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkpointProgress } from './checkpoint-progress.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterEach(async () => rm(folder, { recursive: true }));

const offsets = (changes: readonly number[], counts: readonly number[]) => {
  const topic = (ends: readonly number[]) => Object.fromEntries(ends.map((end, partition) => [partition, end]));
  return `v1\n{"batchWatermarkMs":0,"conf":{"spark.sql.shuffle.partitions":"2"}}\n${JSON.stringify({ changes: topic(changes), counts: topic(counts) })}`;
};

async function write(name: string, text: string): Promise<void> {
  await mkdir(join(folder, name, '..'), { recursive: true });
  await writeFile(join(folder, name), text);
}

test('before the first batch is committed there is no progress', async () => {
  expect(await checkpointProgress(folder)).toBe(0);
  await write('offsets/0', offsets([5, 6], [7]));
  expect(await checkpointProgress(folder)).toBe(0);
});

test('records of all partitions before the last batch that is committed, not the last that has begun', async () => {
  await write('offsets/9', offsets([5, 6], [7]));
  await write('commits/9', 'v1\n{}');
  await write('commits/.10.crc', '');
  await write('offsets/10', offsets([50, 60], [70]));
  expect(await checkpointProgress(folder)).toBe(18);
  await write('commits/10', 'v1\n{}');
  expect(await checkpointProgress(folder)).toBe(180);
});
