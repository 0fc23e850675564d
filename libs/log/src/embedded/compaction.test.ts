import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RecordBatch } from '../record-batch.ts';
import { batchOf, plainRecords, temporaryFolder } from '../testing.ts';
import { Database } from './database.ts';
import { EmbeddedLog } from './embedded-log.ts';

const TARGET = { topic: 'gold', partition: 0 };
const READ_BYTES = 1 << 18;
const MIN_GAINED_RECORDS = 5_000;

vi.setConfig({ testTimeout: 60_000 });

async function openLog(cleanup: 'compact' | 'delete' = 'compact'): Promise<EmbeddedLog> {
  const database = new Database(join(temporaryFolder(onTestFinished), 'log.sqlite'), false);
  const log = new EmbeddedLog(database, { minGainedRecords: MIN_GAINED_RECORDS });
  onTestFinished(() => log.close());
  await log.createTopics([{ name: 'gold', partitions: 1, cleanup }]);
  return log;
}

type Entry = { readonly offset: number; readonly key: string; readonly value: string | null };

async function readAll(log: EmbeddedLog, from = 0): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let nextOffset = from; ;) {
    const batch = await log.read({ ...TARGET, nextOffset }, READ_BYTES);
    if (batch === undefined) return entries;
    plainRecords(batch).forEach(({ key, value }, index) =>
      entries.push({ offset: batch.offsets[index]!, key: key!, value }),
    );
    expect(batch.nextOffset).toBeGreaterThan(batch.offsets[batch.count - 1]!);
    nextOffset = batch.nextOffset;
  }
}

/** Writes `count` records of the keys in turn, in batches, and returns all that was written. */
async function write(log: EmbeddedLog, count: number, keyOf: (index: number) => string): Promise<Entry[]> {
  const written: Entry[] = [];
  let next = (await log.offsets('gold'))[0]!.end;
  while (written.length < count) {
    const entries = Array.from({ length: Math.min(700, count - written.length) }, () => {
      const offset = next++;
      return { offset, key: keyOf(offset), value: offset % 11 === 0 ? null : `${offset}`.padEnd(150, '.') };
    });
    await log.produce([batchOf(TARGET, entries)]);
    written.push(...entries);
  }
  return written;
}

function latestOf(entries: readonly Entry[]): Map<string, Entry> {
  return new Map(entries.map((entry) => [entry.key, entry]));
}

test('a compacted topic stays within four times its keys, or the least that is worth it, with the last of each key', async () => {
  const log = await openLog();
  const written = await write(log, 20_000, (offset) => `key ${offset % 997}`);
  const read = await readAll(log);
  expect(read.length).toBeLessThan(MIN_GAINED_RECORDS + 997 + 700);
  expect(latestOf(read)).toEqual(latestOf(written));
  expect(await log.offsets('gold')).toEqual([{ start: 0, end: 20_000 }]);
});

test('offsets ascend and records stay what they were, for any keys and from any offset', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12_000 }),
      fc.integer({ min: 1, max: 97 }),
      fc.nat(16_000),
      async (keys, stride, from) => {
        const log = await openLog();
        const written = await write(log, 16_000, (offset) => `key ${(offset * stride) % keys}`);
        const read = await readAll(log, from);
        expect(read).toEqual(read.map(({ offset }) => written[offset]));
        expect(read.every((entry, index) => index === 0 || entry.offset > read[index - 1]!.offset)).toBe(true);
        expect(read.every(({ offset }) => offset >= from)).toBe(true);
        const latest = [...latestOf(written).values()].filter(({ offset }) => offset >= from);
        const offsetsRead = new Set(read.map(({ offset }) => offset));
        expect(latest.filter(({ offset }) => !offsetsRead.has(offset))).toEqual([]);
        await log.close();
      },
    ),
    { numRuns: 5 },
  );
});

test('what is left of a segment may end before the segment does', async () => {
  const log = await openLog();
  // Of each pair of records the first stays and the second goes.
  const written = await write(log, 21_000, (offset) => (offset % 2 === 0 ? `key ${offset}` : 'hot'));
  const batches: RecordBatch[] = [];
  for (let nextOffset = 0; nextOffset < 21_000; nextOffset = batches.at(-1)!.nextOffset) {
    batches.push((await log.read({ ...TARGET, nextOffset }, 1 << 20))!);
  }
  const offsets = batches.flatMap((batch) => [...batch.offsets]);
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  expect(offsets.length).toBeLessThan(17_000);
  expect(offsets.filter((offset) => offset % 2 === 0)).toHaveLength(written.length / 2);
  const ends = batches.map(({ nextOffset }) => nextOffset).filter((end) => !offsets.includes(end - 1));
  expect(ends.length).toBeGreaterThan(0);
  for (const end of ends) {
    expect((await log.read({ ...TARGET, nextOffset: end - 1 }, 1))?.offsets[0]).toBe(end);
  }
});

test('a consumer that lags through compactions ends with the last of each key', async () => {
  const log = await openLog();
  const seen: Entry[] = [];
  const consumer = log.consumer({
    group: 'g',
    topics: ['gold'],
    maxBatchBytes: 30_000,
    handler: {
      assigned: async () => {},
      revoked: () => {},
      failed: (error) => expect.unreachable(error.message),
      batch: async (batch) => {
        plainRecords(batch).forEach(({ key, value }, index) =>
          seen.push({ offset: batch.offsets[index]!, key: key!, value }),
        );
      },
    },
  });
  await consumer.start();
  const written = await write(log, 20_000, (offset) => `key ${(offset * offset) % 1_009}`);
  await vi.waitFor(() => expect(seen.at(-1)?.offset).toBe(19_999), { timeout: 20_000 });
  expect(seen.every(({ offset }, index) => index === 0 || offset > seen[index - 1]!.offset)).toBe(true);
  expect(latestOf(seen)).toEqual(latestOf(written));
  expect(seen.length).toBeLessThan(written.length);
});

test('keys that never repeat lose nothing', async () => {
  const log = await openLog();
  const written = await write(log, 12_000, (offset) => `key ${offset}`);
  expect(await readAll(log)).toEqual(written);
});

test('calls to produce beside a running compaction are stored in order', async () => {
  const log = await openLog();
  await write(log, 9_800, (offset) => `key ${offset % 10}`);
  const calls = Array.from({ length: 100 }, (_, call) =>
    Array.from({ length: 10 }, (_, index) => ({ key: `late ${index}`, value: `${call}` })),
  );
  await Promise.all(calls.map((records) => log.produce([batchOf(TARGET, records)])));
  const late = latestOf((await readAll(log)).filter(({ key }) => key.startsWith('late')));
  expect([...late.values()].map(({ offset, value }) => [offset, value])).toEqual(
    Array.from({ length: 10 }, (_, index) => [10_790 + index, '99']),
  );
});

test('other topics keep all', async () => {
  const log = await openLog('delete');
  await write(log, 12_000, () => 'the same');
  expect(await readAll(log)).toHaveLength(12_000);
});
