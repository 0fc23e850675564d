import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Compression, Log } from '@tillstream/log';
import { globSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { kafkaFixture } from './kafka-fixture.ts';
import { eventually } from './log-contract.ts';
import { Member } from './member.ts';
import { batchOf, plainRecords } from './records.ts';

const CODECS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const COUNT = 2_000;
const FROM = 1_700_000_000_000;

/** What JavaClient.java writes, as ours reads it: a header that is null there is empty here. */
const expected = Array.from({ length: COUNT }, (_, index) => ({
  key: `key ${index}`,
  value: index % 10 === 9 ? null : `value ${index}${' '.repeat(index % 50)}`,
  headers: { source: `till ${index}`, none: '' },
  timestamp: FROM + index,
}));

/** Kafka's own Java client, of the jars that the broker runs from. */
async function java(...args: readonly string[]): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const [jars] = globSync(join(cache, 'tillstream', 'kafka-4.1.*', 'lib'));
  const source = new URL('JavaClient.java', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)('java', ['-cp', join(jars!, '*'), source, ...args], {
    maxBuffer: 16 * 1024 * 1024,
    // It waits by itself for 90 s, and is compiled before.
    timeout: 115_000,
  });
  return stdout;
}

describe('with the Java client', () => {
  const kafka = kafkaFixture('4.1');
  const logs: Log[] = [];
  afterEach(async () => {
    await Promise.all(logs.splice(0).map(async (log) => log.close()));
  });

  const open = async (compression: Compression = 'zstd'): Promise<Log> => {
    const log = await kafka.open({ compression });
    logs.push(log);
    return log;
  };

  const topicOf = async (log: Log, name: string): Promise<string> => {
    await log.createTopics([{ name, partitions: 1, cleanup: 'delete' }]);
    return name;
  };

  test('what it writes with any compression is read as it was', async () => {
    const log = await open();
    const prefix = `java-${randomUUID()}`;
    const names = CODECS.map((codec) => `${prefix}-${codec}`);
    await log.createTopics(names.map((name) => ({ name, partitions: 1, cleanup: 'delete' })));
    await java('write', kafka.brokers(), prefix, CODECS.join(), String(COUNT));
    for (const codec of CODECS) {
      const member = new Member(log, `${prefix}-${codec}`, { maxBatchBytes: 30_000 });
      await member.consumer.start();
      await eventually(() => expect(member.batches.reduce((sum, { count }) => sum + count, 0)).toBe(COUNT));
      expect(member.batches.flatMap(plainRecords)).toEqual(expected);
      expect(member.batches.flatMap(({ offsets }) => [...offsets])).toEqual(expected.map((_, index) => index));
    }
  });

  test.each(CODECS)('what ours writes is read by it, checksums checked (%s)', async (codec) => {
    const log = await open(codec);
    const topic = await topicOf(log, `ours-${codec}-${randomUUID()}`);
    const records = expected.map(({ headers: { source }, ...rest }) => ({ ...rest, headers: { source } }));
    await log.produce([batchOf({ topic, partition: 0 }, records)]);
    const lines = (await java('read', kafka.brokers(), topic, String(COUNT))).trimEnd().split('\n');
    expect(lines).toEqual(
      records.map(
        ({ key, value, headers, timestamp }, offset) =>
          `${offset}|${timestamp}|${key}|${String(value)}|source=${headers.source}`,
      ),
    );
  });

  test('of its transactions only what was committed is read, and nothing stands still at a marker', async () => {
    const log = await open();
    const topic = await topicOf(log, `transactions-${randomUUID()}`);
    await java('transactions', kafka.brokers(), topic);
    const member = new Member(log, topic);
    await member.consumer.start();
    await eventually(() => expect(member.values).toEqual(['kept', 'kept too']));
    expect(await log.offsets(topic)).toEqual([{ start: 0, end: 8 }]);
    expect(await log.read({ topic, partition: 0, nextOffset: 5 }, 1 << 20)).toBeUndefined();
    expect((await log.read({ topic, partition: 0, nextOffset: 1 }, 1 << 20))!.nextOffset).toBe(8);
  });
});
