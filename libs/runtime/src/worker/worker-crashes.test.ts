import { silentLogger } from '../telemetry/logger.ts';
import { openEmbeddedLog, RecordBatchBuilder, type Log, type RecordBatch } from '@tillstream/log';
import { EmbeddedSignal } from '@tillstream/signal';
import type { Store } from '@tillstream/store';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Telemetry } from '../telemetry/telemetry.ts';
import { NOTHING_VISIBLE, type Stage, type StageOutput } from './stage.ts';
import { Worker } from './worker.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Real log, so that what a consumer waits for is what it waits for in production. */
let log: Log;
const folder = mkdtempSync(join(tmpdir(), 'tillstream-worker-'));

beforeAll(async () => {
  log = await openEmbeddedLog({ path: join(folder, 'log.db') });
});

afterAll(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

type Step = 'assigned' | 'process' | 'insert' | 'publish' | 'commit';

/** Fails at the given steps, counted over all workers of a run. */
class Faults {
  readonly #at: ReadonlySet<number>;
  #steps = 0;

  constructor(at: readonly number[]) {
    this.#at = new Set(at);
  }

  check(step: Step): void {
    if (this.#at.has(this.#steps++)) throw new Error(`planned fault: ${step}`);
  }
}

/** Passes records on, one table row and one output record each; remembers which were stored. */
class Run {
  readonly stored = new Set<string>();
  readonly #topic: string;
  readonly #faults: Faults;
  /** Broken promises of the order: something was published or committed that was not stored. */
  readonly broken: string[] = [];
  #inTurn: readonly string[] = [];

  constructor(topic: string, faults: readonly number[]) {
    this.#topic = topic;
    this.#faults = new Faults(faults);
  }

  /** A worker of this run; it fails at the next fault, or ends when it has committed all of the input. */
  async work(): Promise<void> {
    const worker = new Worker({
      logger: silentLogger(),
      stage: this.#stage(),
      topics: [`${this.#topic}-in`],
      log: this.#log(() => worker.stop()),
      store: { insert: async () => this.#insert() } as unknown as Store,
      signal: new EmbeddedSignal(),
      telemetry: new Telemetry('test'),
      limits: { maxBatchBytes: 200, maxTurnBytes: 300, minTurnMs: 0 },
      now: Date.now,
    });
    await worker.run();
  }

  #stage(): Stage {
    return {
      service: `${this.#topic}-group`,
      assigned: async () => this.#faults.check('assigned'),
      revoked: () => undefined,
      stateBytes: () => 0,
      stateKeys: () => 0,
      process: async (batches) => {
        this.#faults.check('process');
        this.#inTurn = batches.flatMap(namesOf);
        return this.#output(batches);
      },
    };
  }

  #output(batches: readonly RecordBatch[]): StageOutput {
    const output = new RecordBatchBuilder(`${this.#topic}-out`, 0);
    for (const name of batches.flatMap(namesOf)) output.append({ key: null, value: Buffer.from(name), timestamp: 0 });
    const tables = [{ table: { name: 'rows' }, rows: 1, bytes: Buffer.alloc(1) }] as unknown as StageOutput['tables'];
    return { firstTables: [], tables, publish: [output.build()], news: [], counts: [], visible: NOTHING_VISIBLE };
  }

  #insert(): void {
    this.#faults.check('insert');
    for (const name of this.#inTurn) this.stored.add(name);
  }

  /** The real log, with faults, and a look at what is stored by then. */
  #log(done: () => void): Log {
    return {
      offsets: async (topic) => log.offsets(topic),
      committed: async (group, topic) => log.committed(group, topic),
      produce: async (batches) => {
        this.#faults.check('publish');
        for (const name of this.#inTurn) if (!this.stored.has(name)) this.broken.push(`published ${name}`);
        await log.produce(batches);
      },
      consumer: (options) => {
        const consumer = log.consumer(options);
        const commit = consumer.commit.bind(consumer);
        consumer.commit = async (positions) => {
          this.#faults.check('commit');
          for (const { partition, nextOffset } of positions) {
            for (let offset = 0; offset < nextOffset; offset++) {
              if (!this.stored.has(`${partition}@${offset}`)) this.broken.push(`committed ${partition}@${offset}`);
            }
          }
          await commit(positions);
          if (await isDone(this.#topic)) done();
        };
        return consumer;
      },
    } as Log;
  }
}

async function isDone(topic: string): Promise<boolean> {
  const [ranges, committed] = await Promise.all([
    log.offsets(`${topic}-in`),
    log.committed(`${topic}-group`, `${topic}-in`),
  ]);
  return ranges.every(({ end }, partition) => (committed[partition] ?? 0) === end);
}

function namesOf({ partition, offsets }: RecordBatch): readonly string[] {
  return Array.from(offsets, (offset) => `${partition}@${offset}`);
}

async function publishedNames(topic: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let nextOffset = 0; ;) {
    const batch = await log.read({ topic, partition: 0, nextOffset }, 1_000_000);
    if (batch === undefined) return names;
    for (let index = 0; index < batch.count; index++) {
      names.add(batch.bytes.toString('utf8', batch.valueStart[index], batch.valueEnd[index]));
    }
    nextOffset = batch.nextOffset;
  }
}

test('whatever fails, workers in turn store, publish and commit every record, and nothing out of order', async () => {
  let topics = 0;
  const faults = fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 6 });
  const sizes = fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(sizes, faults, async (partitions, at) => {
      const records = partitions.reduce((sum, size) => sum + size, 0);
      fc.pre(records > 0);
      const topic = `t${topics++}`;
      await log.createTopics([
        { name: `${topic}-in`, partitions: partitions.length, cleanup: 'delete' },
        { name: `${topic}-out`, partitions: 1, cleanup: 'delete' },
      ]);
      await log.produce(
        partitions.map((size, partition) => {
          const batch = new RecordBatchBuilder(`${topic}-in`, partition);
          for (let record = 0; record < size; record++)
            batch.append({ key: null, value: Buffer.alloc(40), timestamp: 0 });
          return batch.build();
        }),
      );
      const run = new Run(topic, at);
      const failures: unknown[] = [];
      for (let attempt = 0; attempt <= at.length; attempt++) {
        try {
          await run.work();
          break;
        } catch (error) {
          failures.push(error);
        }
      }
      expect(failures.map(String).filter((error) => !error.includes('planned fault'))).toEqual([]);
      expect(run.broken).toEqual([]);
      expect(run.stored.size).toBe(records);
      expect((await publishedNames(`${topic}-out`)).size).toBe(records);
      expect(await isDone(topic)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
