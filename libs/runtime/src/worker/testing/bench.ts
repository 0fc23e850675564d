import { silentLogger } from '../../telemetry/logger.ts';
import type { Log } from '@tillstream/log';
import type { Signal } from '@tillstream/signal';
import type { Store } from '@tillstream/store';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Telemetry } from '../../telemetry/telemetry.ts';
import { Worker, type WorkerLimits } from '../worker.ts';
import { FakeLog, FakeStage, Journal, fakeSignal, fakeStore, type FakeConsumer } from './fakes.ts';

/** A worker among fakes that write down what it does. */
export class Bench {
  readonly journal = new Journal();
  readonly log = new FakeLog(this.journal);
  readonly stage = new FakeStage(this.journal);
  readonly telemetry = new Telemetry('test');
  readonly worker: Worker;
  readonly consumer: FakeConsumer;
  now = 0;
  /** Set once the worker runs. */
  run: Promise<void> = Promise.resolve();

  constructor(limits: Partial<WorkerLimits> = {}, now?: () => number) {
    this.worker = new Worker({
      logger: silentLogger(),
      stage: this.stage,
      topics: ['input'],
      log: this.log as unknown as Log,
      store: fakeStore(this.journal) as Store,
      signal: fakeSignal(this.journal) as Signal,
      telemetry: this.telemetry,
      limits: { maxBatchBytes: 1000, maxTurnBytes: 1000, minTurnMs: 0, ...limits },
      now: now ?? (() => this.now),
    });
    this.consumer = this.log.consumers[0]!;
  }

  /** A worker that runs and holds these partitions; what happened until then is forgotten. */
  static async running(partitions: readonly number[], limits: Partial<WorkerLimits> = {}): Promise<Bench> {
    const bench = new Bench(limits);
    await bench.start(...partitions);
    return bench;
  }

  async start(...partitions: readonly number[]): Promise<void> {
    this.run = this.worker.run();
    // A test that expects the failure looks at it later.
    this.run.catch(() => undefined);
    await this.consumer.assign(...partitions);
    this.journal.entries.length = 0;
  }

  /** What has happened since the last look, without the ends of steps. */
  async happened(): Promise<readonly string[]> {
    await settled();
    return this.journal.entries.splice(0).filter((entry) => !entry.startsWith('/'));
  }
}

/** Lets everything happen that needs no more than promises. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}
