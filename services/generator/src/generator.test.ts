import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { INVENTORY_CHANGE_TOPIC, INVENTORY_SNAPSHOT_TOPIC } from '@tillstream/inventory';
import {
  openEmbeddedLog,
  partitionOf,
  RecordBatchBuilder,
  type Log,
  type OffsetRange,
  type OutgoingBatch,
  type Position,
  type RecordBatch,
} from '@tillstream/log';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import type { Clock } from './delivery/clock.ts';
import { GeneratorError } from './errors.ts';
import { createGenerator, type GeneratorOptions, type Progress } from './generator.ts';
import { Random } from './random.ts';
import type { RecordStep, Source } from './source.ts';
import { DEMO_FAULTS, type FaultShares } from './synthetic/options.ts';
import { syntheticSource } from './synthetic/synthetic-source.ts';

// Seconds of work, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000 });

const CHANGES = INVENTORY_CHANGE_TOPIC.name;
const COUNTS = INVENTORY_SNAPSHOT_TOPIC.name;
const START_MS = Date.UTC(2026, 5, 1);

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'generator-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Time passes only in `sleep`. */
function fakeClock(): Clock {
  let elapsed = 0;
  return {
    now: () => START_MS + elapsed,
    elapsed: () => elapsed,
    sleep: async (milliseconds) => {
      elapsed += milliseconds;
    },
  };
}

type Stored = { key: string | null; value: string | null; headers: Buffer; timestamp: number };

/** The part of the log port that the generator uses, in memory. `cut` makes an append store a part and fail. */
class FakeLog implements Log {
  readonly topics = new Map<string, Stored[][]>();
  cut: ((count: number) => number) | undefined;

  constructor(partitions: number, names = [CHANGES, COUNTS]) {
    for (const name of names)
      this.topics.set(
        name,
        Array.from({ length: partitions }, () => []),
      );
  }

  async produce(batches: readonly OutgoingBatch[]): Promise<void> {
    let isCut = false;
    for (const batch of batches) {
      const stored = this.cut?.(batch.count) ?? batch.count;
      isCut ||= stored < batch.count;
      for (let index = 0; index < stored; index++) this.#store(batch, index);
    }
    if (isCut) throw new Error('the broker is gone');
  }

  async offsets(topic: string): Promise<readonly OffsetRange[]> {
    return this.topics.get(topic)!.map((records) => ({ start: 0, end: records.length }));
  }

  /** At most three records at once, so that readers have to go on reading. */
  async read({ topic, partition, nextOffset }: Position): Promise<RecordBatch | undefined> {
    const records = this.topics.get(topic)![partition]!.slice(nextOffset, nextOffset + 3);
    if (records.length === 0) return undefined;
    const builder = new RecordBatchBuilder(topic, partition);
    for (const { headers, timestamp } of records) builder.append({ key: null, value: null, headers, timestamp });
    const offsets = Float64Array.from(records, (_, index) => nextOffset + index);
    return { ...builder.build(), offsets, nextOffset: nextOffset + records.length };
  }

  append(topic: string, partition: number, record: Partial<Stored>): void {
    const empty: Stored = { key: null, value: null, headers: Buffer.alloc(0), timestamp: 0 };
    this.topics.get(topic)![partition]!.push({ ...empty, ...record });
  }

  values(topic: string): (string | null)[][] {
    return this.topics.get(topic)!.map((records) => records.map(({ value }) => value));
  }

  #store(batch: OutgoingBatch, index: number): void {
    const text = (start: number, end: number): string | null =>
      start < 0 ? null : batch.bytes.toString('latin1', start, end);
    this.append(batch.topic, batch.partition, {
      key: text(batch.keyStart[index]!, batch.keyEnd[index]!),
      value: text(batch.valueStart[index]!, batch.valueEnd[index]!),
      headers: Buffer.from(batch.bytes.subarray(batch.headersStart[index], batch.headersEnd[index])),
      timestamp: batch.timestamps[index]!,
    });
  }

  createTopics(): never {
    throw new Error('not used');
  }
  consumer(): never {
    throw new Error('not used');
  }
  committed(): never {
    throw new Error('not used');
  }
  async close(): Promise<void> {}
}

function record(value: string, simulatedTime = 0): RecordStep {
  return { kind: 'record', topic: CHANGES, key: Buffer.from(value), value: Buffer.from(value), simulatedTime };
}

function sourceOf(steps: Iterable<RecordStep>, id = 'test-1'): Source {
  return { id, topics: [CHANGES], steps: () => steps };
}

const numbered = (count: number): RecordStep[] =>
  Array.from({ length: count }, (_, index) => record(`record ${index}`));

function generatorOf(
  options: Partial<GeneratorOptions> & { source: Source; log: Log },
): ReturnType<typeof createGenerator> {
  return createGenerator({ inboxFolder: temporaryFolder(), pace: { kind: 'flatOut' }, clock: fakeClock(), ...options });
}

describe('delivery', () => {
  it('puts records where every producer would put them, stamped with the wall clock', async () => {
    const log = new FakeLog(3);
    const progress = await generatorOf({ source: sourceOf(numbered(50)), log }).run();
    expect(progress).toMatchObject({ records: 50, skipped: 0, countFiles: 0, exhausted: true });
    for (const [partition, records] of log.topics.get(CHANGES)!.entries()) {
      for (const { key, timestamp } of records) {
        expect(partitionOf(Buffer.from(key!), 3)).toBe(partition);
        expect(timestamp).toBe(START_MS);
      }
    }
  });

  it('sends a null and an empty message, each as it is', async () => {
    const log = new FakeLog(2);
    const empty = { kind: 'record', topic: CHANGES, key: null, simulatedTime: 0 } as const;
    await generatorOf({
      source: sourceOf([
        { ...empty, value: null },
        { ...empty, value: Buffer.alloc(0) },
      ]),
      log,
    }).run();
    expect(log.values(CHANGES)).toEqual([[null], ['']]);
  });

  it('appends large records in batches of bounded size', async () => {
    const log = new FakeLog(1);
    const reports: Progress[] = [];
    const value = Buffer.alloc(1024 * 1024, 'x');
    const steps = Array.from({ length: 20 }, () => ({ ...record('key'), value }));
    await generatorOf({ source: sourceOf(steps), log, onProgress: (progress) => reports.push(progress) }).run();
    expect(reports.map(({ records }) => records)).toEqual([4, 8, 12, 16, 20]);
  });

  it('asks for room before each batch', async () => {
    const log = new FakeLog(1);
    let asked = 0;
    const throttle = async (): Promise<void> => {
      asked++;
    };
    await generatorOf({ source: sourceOf(numbered(5000)), log, throttle }).run();
    expect(asked).toBe(3);
  });

  it('writes count files between the records around them', async () => {
    const log = new FakeLog(1);
    const inboxFolder = temporaryFolder();
    const reports: Progress[] = [];
    const file = { kind: 'countFile', path: 'count.csv', content: Buffer.from('1,2\n'), simulatedTime: 5 } as const;
    const source: Source = { ...sourceOf([]), steps: () => [record('before'), file, record('after')] };
    const onProgress = (progress: Progress): number => reports.push(progress);
    await generatorOf({ source, log, inboxFolder, onProgress }).run();
    expect(reports.map(({ records, countFiles }) => [records, countFiles])).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
    ]);
    expect(readdirSync(inboxFolder)).toEqual(['count.csv']);
    expect(readFileSync(join(inboxFolder, 'count.csv'), 'utf8')).toBe('1,2\n');

    const again = await generatorOf({ source, log, inboxFolder }).run();
    expect(again).toMatchObject({ records: 0, countFiles: 0, skipped: 3 });
  });

  it('rejects when the log fails', async () => {
    const log = new FakeLog(1);
    log.cut = () => 0;
    await expect(generatorOf({ source: sourceOf(numbered(5)), log }).run()).rejects.toThrow('the broker is gone');
  });
});

describe('pacing', () => {
  it('spreads records over the seconds of a rate', async () => {
    const log = new FakeLog(1);
    const pace = { kind: 'rate', recordsPerSecond: 500 } as const;
    await generatorOf({ source: sourceOf(numbered(1001)), log, pace }).run();
    const seconds = log.topics.get(CHANGES)![0]!.map(({ timestamp }) => (timestamp - START_MS) / 1000);
    expect(seconds.at(-1)).toBeCloseTo(2, 1);
    expect(seconds[500]).toBeCloseTo(1, 1);
  });

  it('follows simulated time at a speed', async () => {
    const log = new FakeLog(1);
    const steps = [0, 1000, 60_000].map((time) => record(`at ${time}`, time));
    await generatorOf({ source: sourceOf(steps), log, pace: { kind: 'speed', factor: 10 } }).run();
    const offsets = log.topics.get(CHANGES)![0]!.map(({ timestamp }) => timestamp - START_MS);
    expect(offsets).toEqual([0, 100, 6000]);
  });

  it('does not sleep through what an earlier run has stored', async () => {
    const log = new FakeLog(1);
    const steps = [0, 1000, 60_000].map((time) => record(`at ${time}`, time));
    await generatorOf({ source: sourceOf(steps.slice(0, 2)), log }).run();
    const clock = fakeClock();
    await generatorOf({ source: sourceOf(steps), log, clock, pace: { kind: 'speed', factor: 1 } }).run();
    expect(clock.elapsed()).toBe(0);
  });
});

describe('stop', () => {
  it('delivers what was taken from the source, and no more', async () => {
    const log = new FakeLog(1);
    let taken = 0;
    function* steps(): Generator<RecordStep> {
      for (const step of numbered(1000)) {
        taken++;
        yield step;
      }
    }
    const source: Source = { ...sourceOf([]), steps };
    const generator = generatorOf({
      source,
      log,
      pace: { kind: 'rate', recordsPerSecond: 1000 },
      onProgress: ({ records }) => {
        if (records >= 100) generator.stop();
      },
    });
    const progress = await generator.run();
    expect(progress.exhausted).toBe(false);
    expect(progress.records).toBe(taken);
    expect(progress.records).toBeLessThan(200);
  });
});

describe('resume', () => {
  const manyFaults: FaultShares = {
    ...DEMO_FAULTS,
    malformed: 0.2,
    nearDuplicate: 0.2,
    outOfOrder: 0.3,
    conflict: 0.1,
  };

  it('loses and doubles nothing, wherever appends are cut and whatever others append meanwhile', async () => {
    const runs = fc.record({
      seed: fc.nat(1000),
      transactions: fc.nat(80),
      partitions: fc.integer({ min: 1, max: 5 }),
      countsAs: fc.constantFrom('files', 'records'),
      chances: fc.nat(),
    });
    const property = fc.asyncProperty(runs, async ({ partitions, chances, ...options }) => {
      const source = syntheticSource({ ...options, stores: 3, items: 4, days: 3, faults: manyFaults });
      const whole = new FakeLog(partitions);
      const wholeInbox = temporaryFolder();
      await generatorOf({ source, log: whole, inboxFolder: wholeInbox }).run();

      const log = new FakeLog(partitions);
      const inboxFolder = temporaryFolder();
      const random = new Random(chances);
      log.cut = (count) => (random.chance(0.3) ? random.below(count) : count);
      const pace = { kind: 'rate', recordsPerSecond: 1000 } as const;
      for (let isDone = false; !isDone;) {
        const generator = generatorOf({
          source,
          log,
          inboxFolder,
          pace,
          onProgress: () => {
            if (random.chance(0.1)) generator.stop();
          },
        });
        isDone = await generator.run().then(
          ({ exhausted }) => exhausted,
          () => false,
        );
        appendAsReplayWould(log, random);
      }
      expect(withoutReplays(log, CHANGES)).toEqual(whole.values(CHANGES));
      expect(withoutReplays(log, COUNTS)).toEqual(whole.values(COUNTS));
      expect(contents(inboxFolder)).toEqual(contents(wholeInbox));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  /** Records that come back from quarantine carry no headers, and follow the record that they repeat. */
  function appendAsReplayWould(log: FakeLog, random: Random): void {
    for (const [partition, records] of log.topics.get(CHANGES)!.entries()) {
      const replays = records.length > 0 && random.chance(0.3) ? 1 + random.below(40) : 0;
      for (let count = 0; count < replays; count++) log.append(CHANGES, partition, { value: 'replayed' });
    }
  }

  function withoutReplays(log: FakeLog, topic: string): (string | null)[][] {
    return log.values(topic).map((values) => values.filter((value) => value !== 'replayed'));
  }

  function contents(folder: string): Record<string, string> {
    return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  }

  it('refuses a log that another source has written', async () => {
    const log = new FakeLog(1);
    await generatorOf({ source: sourceOf(numbered(3), 'test-1'), log }).run();
    const other = generatorOf({ source: sourceOf(numbered(3), 'test-2'), log }).run();
    await expect(other).rejects.toThrow(GeneratorError);
    await expect(other).rejects.toThrow(
      /pos\.inventory-change, partition 0, holds records of test-1: made by another source/,
    );
  });

  it('refuses a log that tills have written', async () => {
    const log = new FakeLog(1);
    for (let count = 0; count < 100; count++) log.append(CHANGES, 0, { value: '{}' });
    const run = generatorOf({ source: sourceOf(numbered(3)), log }).run();
    await expect(run).rejects.toThrow(/records that name no source: made by another source/);
  });

  it('shares the topic of counts with the loader of count files', async () => {
    const log = new FakeLog(1);
    log.append(COUNTS, 0, { value: 'by the loader' });
    const count = { ...record('1'), topic: COUNTS };
    const source: Source = { id: 'test-1', topics: [COUNTS], steps: () => [count, count] };
    await generatorOf({ source, log }).run();
    for (let loaded = 0; loaded < 20; loaded++) log.append(COUNTS, 0, { value: 'by the loader' });
    expect(await generatorOf({ source, log }).run()).toMatchObject({ records: 0, skipped: 2 });
  });

  it('goes on in a log on disk that was closed and opened again', async () => {
    const path = join(temporaryFolder(), 'log.sqlite');
    const source = syntheticSource({ transactions: 3000, stores: 4, items: 20, days: 4 });
    const inboxFolder = temporaryFolder();
    const topics = [{ name: CHANGES, partitions: 4, cleanup: 'delete' } as const];
    const runs: Progress[] = [];
    for (const stopAfter of [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]) {
      const log = await openEmbeddedLog({ path });
      await log.createTopics(topics);
      const generator = generatorOf({
        source,
        log,
        inboxFolder,
        onProgress: ({ records }) => {
          if (records >= stopAfter) generator.stop();
        },
      });
      runs.push(await generator.run());
      await log.close();
    }
    const [first, second, third] = runs as [Progress, Progress, Progress];
    const total = source.truth.records + source.truth.countSheets;
    expect(first.exhausted).toBe(false);
    expect(first.records + first.countFiles + second.records + second.countFiles).toBe(total);
    expect(third).toMatchObject({ records: 0, countFiles: 0, skipped: total, exhausted: true });
  });
});
