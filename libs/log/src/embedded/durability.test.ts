import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder, valuesBatch, valuesOf } from '../testing.ts';
import { type EmbeddedLog, openEmbeddedLog } from './embedded-log.ts';

const TOPIC = 'sales';
const PARTITIONS = 3;
const KILLS = 5;

vi.setConfig({ testTimeout: 60_000 });

/** Stores call after call, each with a batch for each partition, and prints the number of every acknowledged one. */
const PRODUCER = `
  const { openEmbeddedLog } = await import(process.env.LOG_MODULE);
  const { valuesBatch } = await import(process.env.TESTING_MODULE);
  const log = await openEmbeddedLog({ path: process.env.LOG_PATH });
  const topic = '${TOPIC}';
  const [{ end }] = await log.offsets(topic);
  for (let call = end / 20; call < Number(process.env.CALLS); call++) {
    const values = Array.from({ length: 20 }, (_, index) => call + ':' + index + ':' + 'x'.repeat(500));
    await log.produce(Array.from({ length: ${PARTITIONS} }, (_, partition) => valuesBatch({ topic, partition }, values)));
    process.stdout.write(call + '\\n');
  }
  await log.close();
`;

function startProducer(path: string, calls: number): ChildProcessByStdio<null, Readable, null> {
  const child = spawn(
    process.execPath,
    ['--conditions=@tillstream/source', '--input-type=module', '--eval', PRODUCER],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        LOG_PATH: path,
        CALLS: `${calls}`,
        LOG_MODULE: new URL('./embedded-log.ts', import.meta.url).href,
        TESTING_MODULE: new URL('../testing.ts', import.meta.url).href,
      },
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function openAt(path: string): Promise<EmbeddedLog> {
  const log = await openEmbeddedLog({ path });
  onTestFinished(() => log.close());
  await log.createTopics([{ name: TOPIC, partitions: PARTITIONS, cleanup: 'delete' }]);
  return log;
}

async function callsStored(log: EmbeddedLog, partition: number): Promise<string[]> {
  const values: string[] = [];
  for (let nextOffset = 0; ;) {
    const batch = await log.read({ topic: TOPIC, partition, nextOffset }, 1 << 20);
    if (batch === undefined) return values;
    values.push(...valuesOf(batch).map((value) => value!.replace(/:x+$/, '')));
    nextOffset = batch.nextOffset;
  }
}

test('a kill in the middle of producing leaves whole calls, and all that were acknowledged', async () => {
  const path = join(temporaryFolder(onTestFinished), 'log.sqlite');
  await (await openAt(path)).close();
  let acknowledged = -1;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = startProducer(path, Number.MAX_SAFE_INTEGER);
    const enough = acknowledged + 20 + kill * 37;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged >= enough) child.kill('SIGKILL');
    }
    const log = await openAt(path);
    const calls = (await log.offsets(TOPIC))[0]!.end / 20;
    expect(calls).toBeGreaterThan(acknowledged);
    const expected = Array.from({ length: calls * 20 }, (_, index) => `${Math.floor(index / 20)}:${index % 20}`);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(await callsStored(log, partition)).toEqual(expected);
    }
    await log.close();
  }
});

test('a consumer sees what another process stores', async () => {
  const path = join(temporaryFolder(onTestFinished), 'log.sqlite');
  const log = await openAt(path);
  const seen: string[] = [];
  const consumer = log.consumer({
    group: 'g',
    topics: [TOPIC],
    maxBatchBytes: 1 << 20,
    handler: {
      assigned: async () => {},
      revoked: () => {},
      failed: (error) => expect.unreachable(error.message),
      batch: async (batch) => {
        seen.push(...valuesOf(batch).map((value) => value!));
        await consumer.commit([batch]);
      },
    },
  });
  await consumer.start();
  const child = startProducer(path, 10);
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  await vi.waitFor(() => expect(seen).toHaveLength(10 * 20 * PARTITIONS), { timeout: 10_000 });
  // And what this process stores comes after it.
  await log.produce([valuesBatch({ topic: TOPIC, partition: 0 }, ['own'])]);
  await vi.waitFor(() => expect(seen.at(-1)).toBe('own'), { timeout: 10_000 });
  expect((await log.offsets(TOPIC))[0]).toEqual({ start: 0, end: 201 });
});

test('a log that another process writes can be read, but only read', async () => {
  const path = join(temporaryFolder(onTestFinished), 'log.sqlite');
  const writer = await openAt(path);
  const reader = await openEmbeddedLog({ path, readOnly: true });
  onTestFinished(() => reader.close());
  await writer.produce([valuesBatch({ topic: TOPIC, partition: 0 }, ['a'])]);
  expect(valuesOf((await reader.read({ topic: TOPIC, partition: 0, nextOffset: 0 }, 1))!)).toEqual(['a']);
  await expect(reader.produce([valuesBatch({ topic: TOPIC, partition: 0 }, ['b'])])).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('can only be read'),
  });
});

test('a log that another process holds says so after a second', async () => {
  const path = join(temporaryFolder(onTestFinished), 'log.sqlite');
  const log = await openAt(path);
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const batch = valuesBatch({ topic: TOPIC, partition: 0 }, ['a']);
  await expect(log.produce([batch])).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringMatching(/^the log .*log\.sqlite is locked by another process: stop it/),
  });
  other.exec('ROLLBACK');
  await log.produce([batch]);
  expect((await log.offsets(TOPIC))[0]).toEqual({ start: 0, end: 1 });
});
