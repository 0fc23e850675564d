import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RecordBatch } from '../record-batch.ts';
import { batchOf, plainRecords, temporaryFolder, valuesBatch, valuesOf } from '../testing.ts';
import { type EmbeddedLog, openEmbeddedLog } from './embedded-log.ts';
import { RECORD_OVERHEAD_BYTES } from '../record-ranges.ts';

const TARGET = { topic: 'sales', partition: 1 };
const ALL_BYTES = 1 << 20;

async function openAt(path: string): Promise<EmbeddedLog> {
  const log = await openEmbeddedLog({ path });
  onTestFinished(() => log.close());
  return log;
}

async function openWithTopic(path = join(temporaryFolder(onTestFinished), 'log.sqlite')): Promise<EmbeddedLog> {
  const log = await openAt(path);
  await log.createTopics([{ name: 'sales', partitions: 2, cleanup: 'delete' }]);
  return log;
}

async function readAll(log: EmbeddedLog, from: number, maxBytes: number): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for (let nextOffset = from; ;) {
    const batch = await log.read({ ...TARGET, nextOffset }, maxBytes);
    if (batch === undefined) return batches;
    batches.push(batch);
    nextOffset = batch.nextOffset;
  }
}

function sizeOf(batch: RecordBatch): number {
  return batch.bytes.length + batch.count * RECORD_OVERHEAD_BYTES;
}

describe('records', () => {
  test('come back as they were, null and empty apart', async () => {
    const log = await openWithTopic();
    const records = [
      { key: 'key', value: 'value', headers: { source: 'till 7', note: '' }, timestamp: 1_300_000_000_000 },
      { key: null, value: null, headers: {}, timestamp: 0 },
      { key: '', value: '', headers: {}, timestamp: -1 },
    ];
    await log.produce([batchOf(TARGET, records)]);
    const batch = (await log.read({ ...TARGET, nextOffset: 0 }, ALL_BYTES))!;
    expect(plainRecords(batch)).toEqual(records);
    expect(batch).toMatchObject({ ...TARGET, count: 3, nextOffset: 3 });
    expect([...batch.offsets]).toEqual([0, 1, 2]);
  });

  test('keep their order within a partition, also of calls that are not awaited', async () => {
    const log = await openWithTopic();
    await Promise.all(
      Array.from({ length: 50 }, (_, call) =>
        log.produce([valuesBatch(TARGET, [`${call}a`]), valuesBatch(TARGET, [`${call}b`])]),
      ),
    );
    const batch = (await log.read({ ...TARGET, nextOffset: 0 }, ALL_BYTES))!;
    expect(valuesOf(batch)).toEqual(Array.from({ length: 50 }, (_, call) => [`${call}a`, `${call}b`]).flat());
    expect([...batch.offsets]).toEqual(Array.from({ length: 100 }, (_, offset) => offset));
  });

  test('that were fetched can be produced again, and get offsets of their own', async () => {
    const log = await openWithTopic();
    await log.produce([valuesBatch(TARGET, ['a', 'b', 'c'])]);
    const fetched = (await log.read({ ...TARGET, nextOffset: 1 }, ALL_BYTES))!;
    await log.produce([{ ...fetched, partition: 0 }]);
    const batch = (await log.read({ ...TARGET, partition: 0, nextOffset: 0 }, ALL_BYTES))!;
    expect(valuesOf(batch)).toEqual(['b', 'c']);
    expect([...batch.offsets]).toEqual([0, 1]);
  });

  test('are not shared with the producer', async () => {
    const log = await openWithTopic();
    const outgoing = valuesBatch(TARGET, ['before']);
    await log.produce([outgoing]);
    outgoing.bytes.fill(0);
    expect(valuesOf((await log.read({ ...TARGET, nextOffset: 0 }, ALL_BYTES))!)).toEqual(['before']);
  });

  test('an empty batch is nothing', async () => {
    const log = await openWithTopic();
    await log.produce([valuesBatch(TARGET, [])]);
    await log.produce([]);
    expect(await log.offsets('sales')).toEqual([
      { start: 0, end: 0 },
      { start: 0, end: 0 },
    ]);
  });
});

describe('reading', () => {
  test('joins small batches and cuts large ones, from any offset and for any size', async () => {
    const log = await openWithTopic();
    const anyBatches = fc.array(fc.array(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 10 }), {
      maxLength: 8,
    });
    const stored: string[] = [];
    await fc.assert(
      fc.asyncProperty(anyBatches, fc.nat(), fc.nat(800), async (batches, a, maxBytes) => {
        await log.produce(batches.map((values) => valuesBatch(TARGET, values)));
        stored.push(...batches.flat());
        const from = Math.max(0, stored.length - (a % 40));
        const read = await readAll(log, from, maxBytes);
        expect(read.flatMap(valuesOf)).toEqual(stored.slice(from));
        expect(read.flatMap(({ offsets }) => [...offsets])).toEqual(stored.slice(from).map((_, index) => from + index));
        const sizes = read.filter(({ count }) => count > 1).map(sizeOf);
        expect(sizes.filter((size) => size > maxBytes)).toEqual([]);
      }),
    );
  });

  test('fills a batch from many small ones', async () => {
    const log = await openWithTopic();
    for (let call = 0; call < 20; call++) await log.produce([valuesBatch(TARGET, [`${call}`])]);
    expect((await readAll(log, 0, ALL_BYTES)).map(({ count }) => count)).toEqual([20]);
    // A stored batch of one record of 1 or 2 bytes: a header of 8, the record's 32, and the value.
    expect((await readAll(log, 0, 4 * 42)).map(({ count }) => count)).toEqual([4, 4, 4, 4, 4]);
  });

  test('gives a record that is too large alone', async () => {
    const log = await openWithTopic();
    await log.produce([valuesBatch(TARGET, ['a', 'x'.repeat(1000), 'b', 'c'])]);
    expect((await readAll(log, 0, 100)).map((batch) => batch.count)).toEqual([1, 1, 2]);
  });

  test('a batch of several segments has its records in order', async () => {
    const path = join(temporaryFolder(onTestFinished), 'log.sqlite');
    const log = await openWithTopic(path);
    const values = Array.from({ length: 300 }, (_, index) => `${index}:${'x'.repeat(20_000)}`);
    await log.produce([valuesBatch(TARGET, values)]);
    const read = await readAll(log, 0, 1 << 22);
    expect(read.flatMap(valuesOf)).toEqual(values);
    expect(read.length).toBeLessThan(4);
    expect(valuesOf((await log.read({ ...TARGET, nextOffset: 250 }, 1))!)).toEqual([values[250]]);
    // So reading one record of it does not load six megabytes.
    const file = new DatabaseSync(path, { readOnly: true });
    onTestFinished(() => file.close());
    expect(file.prepare('SELECT count(*) AS segments, max(byte_length) < 1050000 AS small FROM segment').get()).toEqual(
      {
        segments: 6,
        small: 1,
      },
    );
  });

  test('is undefined at the end, and refused beyond it', async () => {
    const log = await openWithTopic();
    await log.produce([valuesBatch(TARGET, ['a'])]);
    expect(await log.read({ ...TARGET, nextOffset: 1 }, ALL_BYTES)).toBeUndefined();
    for (const nextOffset of [2, -1, 0.5, NaN]) {
      await expect(log.read({ ...TARGET, nextOffset }, ALL_BYTES)).rejects.toMatchObject({
        code: 'offset_out_of_range',
      });
    }
  });

  test('begins with the first kept record after a trim', async () => {
    const log = await openWithTopic();
    await log.produce([valuesBatch(TARGET, ['a', 'b']), valuesBatch(TARGET, ['c', 'd'])]);
    await log.trim({ ...TARGET, nextOffset: 3 });
    expect((await log.offsets('sales'))[1]).toEqual({ start: 3, end: 4 });
    expect((await readAll(log, 0, ALL_BYTES)).flatMap(({ offsets }) => [...offsets])).toEqual([3]);
    await log.trim({ ...TARGET, nextOffset: 1 });
    expect((await log.offsets('sales'))[1]).toEqual({ start: 3, end: 4 });
    await log.trim({ ...TARGET, nextOffset: 4 });
    await log.produce([valuesBatch(TARGET, ['e'])]);
    expect((await readAll(log, 0, ALL_BYTES)).flatMap(({ offsets }) => [...offsets])).toEqual([4]);
  });

  test('in a loop lets others run', async () => {
    const log = await openWithTopic();
    await log.produce([valuesBatch(TARGET, ['a'])]);
    let turned = false;
    setTimeout(() => {
      turned = true;
    }, 0);
    const end = Date.now() + 3_000;
    while (!turned && Date.now() < end) await log.read({ ...TARGET, nextOffset: 0 }, ALL_BYTES);
    expect(turned).toBe(true);
  });
});

describe('topics', () => {
  test('are made once and may be asked for again', async () => {
    const log = await openWithTopic();
    await log.produce([valuesBatch(TARGET, ['a'])]);
    await log.createTopics([{ name: 'sales', partitions: 2, cleanup: 'delete' }]);
    expect((await log.offsets('sales')).map(({ end }) => end)).toEqual([0, 1]);
  });

  test('with another partition count are refused, and nothing of the call is made', async () => {
    const log = await openWithTopic();
    const wanted = [
      { name: 'new', partitions: 1, cleanup: 'delete' as const },
      { name: 'sales', partitions: 3, cleanup: 'delete' as const },
    ];
    await expect(log.createTopics(wanted)).rejects.toMatchObject({ code: 'partition_mismatch' });
    await expect(log.offsets('new')).rejects.toMatchObject({ code: 'unknown_topic' });
  });

  test('that are not there are named', async () => {
    const log = await openWithTopic();
    const unknown = { code: 'unknown_topic', message: expect.stringContaining('slaes') };
    await expect(log.produce([valuesBatch({ topic: 'slaes', partition: 0 }, ['a'])])).rejects.toMatchObject(unknown);
    await expect(log.offsets('slaes')).rejects.toMatchObject(unknown);
    await expect(log.committed('g', 'slaes')).rejects.toMatchObject(unknown);
    await expect(log.produce([valuesBatch({ ...TARGET, partition: 2 }, ['a'])])).rejects.toMatchObject({
      code: 'unknown_topic',
      message: expect.stringContaining('partitions 0 to 1, not 2'),
    });
  });
});

describe('a call to produce', () => {
  test('stores nothing when one of its batches contradicts itself', async () => {
    const log = await openWithTopic();
    const wrong = { ...valuesBatch(TARGET, ['a']), valueEnd: Int32Array.of(99) };
    await expect(log.produce([valuesBatch(TARGET, ['fine']), wrong])).rejects.toMatchObject({ code: 'invalid_batch' });
    expect((await log.offsets('sales'))[1]).toEqual({ start: 0, end: 0 });
    await log.produce([valuesBatch(TARGET, ['later'])]);
    expect((await readAll(log, 0, ALL_BYTES)).flatMap(valuesOf)).toEqual(['later']);
  });

  test('needs keys for a compacted topic', async () => {
    const log = await openWithTopic();
    await log.createTopics([{ name: 'gold', partitions: 1, cleanup: 'compact' }]);
    const batch = batchOf({ topic: 'gold', partition: 0 }, [{ key: 'k', value: '1' }, { value: '2' }]);
    await expect(log.produce([batch])).rejects.toMatchObject({
      code: 'invalid_batch',
      message: expect.stringContaining('record 1'),
    });
  });
});

test('all is there after closing and opening again', async () => {
  const path = join(temporaryFolder(onTestFinished), 'log.sqlite');
  const first = await openWithTopic(path);
  await first.produce([valuesBatch(TARGET, ['a', 'b'])]);
  await first.close();
  const second = await openAt(path);
  await second.produce([valuesBatch(TARGET, ['c'])]);
  expect((await readAll(second, 0, ALL_BYTES)).flatMap(valuesOf)).toEqual(['a', 'b', 'c']);
  await expect(second.createTopics([{ name: 'sales', partitions: 3, cleanup: 'delete' }])).rejects.toMatchObject({
    code: 'partition_mismatch',
  });
});

test('a closed log says so', async () => {
  const log = await openWithTopic();
  await log.close();
  await log.close();
  const closed = { code: 'closed' };
  await expect(log.produce([valuesBatch(TARGET, ['a'])])).rejects.toMatchObject(closed);
  await expect(log.read({ ...TARGET, nextOffset: 0 }, 1)).rejects.toMatchObject(closed);
  await expect(log.offsets('sales')).rejects.toMatchObject(closed);
  await expect(log.createTopics([])).rejects.toMatchObject(closed);
});
