import { INVENTORY_SNAPSHOT_TOPIC, type SheetRow } from '@tillstream/inventory';
import { openEmbeddedLog, RecordBatchBuilder, type Log, type OutgoingBatch } from '@tillstream/log';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { countMessages, type SheetFile } from './count-messages.ts';
import { readSentUpTo } from './resume.ts';

vi.setConfig({ testTimeout: 60_000 });

const PARTITIONS = 3;

async function openLog(): Promise<Log> {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-bronze-'));
  const log = await openEmbeddedLog({ path: join(folder, 'log.db') });
  onTestFinished(async () => {
    await log.close();
    rmSync(folder, { recursive: true });
  });
  await log.createTopics([{ name: INVENTORY_SNAPSHOT_TOPIC.name, partitions: PARTITIONS, cleanup: 'delete' }]);
  return log;
}

/** A file whose rows are of different stores, each a message of its own. */
function fileOf(name: string, stores: readonly number[]): SheetFile {
  const rows = stores.map((storeId, index): SheetRow => ({
    line: index + 2,
    itemId: 1,
    employeeId: null,
    storeId,
    dateTime: index * 1000,
    quantity: index,
  }));
  return { path: `${name}.csv`, hash: name.padEnd(64, '0'), rows };
}

/** The first so many messages of each batch: what a crash in the midst of sending leaves. */
function prefixOf(batch: OutgoingBatch, messages: number): OutgoingBatch {
  const prefix = new RecordBatchBuilder(batch.topic, batch.partition);
  for (let index = 0; index < Math.min(messages, batch.count); index++) {
    prefix.append({
      key: batch.bytes.subarray(batch.keyStart[index], batch.keyEnd[index]),
      value: batch.bytes.subarray(batch.valueStart[index], batch.valueEnd[index]),
      headers: batch.bytes.subarray(batch.headersStart[index], batch.headersEnd[index]),
      timestamp: batch.timestamps[index]!,
    });
  }
  return prefix.build();
}

async function sentRows(log: Log): Promise<readonly string[]> {
  const rows: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (let nextOffset = 0; ;) {
      const batch = await log.read({ topic: INVENTORY_SNAPSHOT_TOPIC.name, partition, nextOffset }, 1_000_000);
      if (batch === undefined) break;
      for (let index = 0; index < batch.count; index++) {
        const text = batch.bytes.toString('utf8', batch.valueStart[index], batch.valueEnd[index]);
        const { source } = JSON.parse(text) as { source: { path: string; row: number } };
        rows.push(`${source.path}:${source.row}`);
      }
      nextOffset = batch.nextOffset;
    }
  }
  return rows.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

describe('going on after a stop', () => {
  test('sends everything when nothing was sent, or only by somebody else', async () => {
    const log = await openLog();
    expect((await readSentUpTo(log))(0, 'a')).toBe(0);
    const other = new RecordBatchBuilder(INVENTORY_SNAPSHOT_TOPIC.name, 0);
    other.append({ key: null, value: Buffer.from('no JSON'), timestamp: 0 });
    await log.produce([other.build()]);
    expect((await readSentUpTo(log))(0, 'a')).toBe(0);
  });

  test('sends a file that has the content of another', async () => {
    const log = await openLog();
    const first = fileOf('a', [1]);
    await log.produce(countMessages([first], PARTITIONS, 0, await readSentUpTo(log)));
    const other = { ...first, path: 'c.csv' };
    await log.produce(countMessages([other], PARTITIONS, 0, await readSentUpTo(log)));
    expect(await sentRows(log)).toEqual(['a.csv:2', 'c.csv:2']);
  });

  test('sends each message of a round once, wherever sending stopped in each partition', async () => {
    const stores = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
    const log = await openLog();
    let rounds = 0;
    const expected: string[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.array(stores, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat({ max: 6 }), { minLength: 3, maxLength: 3 }),
        async (all, stopped) => {
          const round = `r${rounds++}`;
          const files = all.map((one, index) => fileOf(`${round}-${index}`, one));
          expected.push(...files.flatMap(({ path, rows }) => rows.map(({ line }) => `${path}:${line}`)));
          const batches = countMessages(files, PARTITIONS, 0, await readSentUpTo(log));
          await log.produce(
            batches.map((batch) => prefixOf(batch, stopped[batch.partition]!)).filter(({ count }) => count > 0),
          );
          await log.produce(countMessages(files, PARTITIONS, 0, await readSentUpTo(log)));
          // A third time, as if only the book had not been written.
          expect(countMessages(files, PARTITIONS, 0, await readSentUpTo(log))).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
    expect(await sentRows(log)).toEqual(
      expected.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })),
    );
  });
});
