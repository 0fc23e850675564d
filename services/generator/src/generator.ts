import { setImmediate } from 'node:timers/promises';

import { partitionOf, type Log } from '@tillstream/log';

import { Batcher } from './delivery/batcher.ts';
import { SYSTEM_CLOCK, type Clock } from './delivery/clock.ts';
import { holdsFile, putFile } from './delivery/inbox.ts';
import { createPacer, type Pace, type Pacer } from './delivery/pacer.ts';
import { SequenceHeader } from './delivery/sequence-header.ts';
import { storedSequences } from './delivery/stored-sequences.ts';
import type { CountFileStep, RecordStep, Source, Step } from './source.ts';

const MAX_BATCH_RECORDS = 2000;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** A shorter sleep would cost more than it paces: what falls due meanwhile makes up one batch. */
const MIN_SLEEP_MS = 10;
/** Sleeps are cut into slices, so that `stop` is heard. */
const MAX_SLEEP_MS = 50;
/** Steps that are skipped cost no I/O; now and then the rest of the process gets its turn. */
const STEPS_PER_TURN = 4096;

export type GeneratorOptions = {
  readonly source: Source;
  /** The source's topics must exist in it. */
  readonly log: Log;
  /** Where count files are put. Made when the first one comes. */
  readonly inboxFolder: string;
  readonly pace: Pace;
  /** Awaited before each batch: how the caller bounds how far the generator runs ahead of the consumers. */
  readonly throttle?: () => Promise<void>;
  /** Called after each batch and each count file. */
  readonly onProgress?: (progress: Progress) => void;
  readonly clock?: Clock;
};

export type Progress = {
  /** Records appended by this run, and their bytes: keys, values and headers. */
  readonly records: number;
  readonly bytes: number;
  readonly countFiles: number;
  /** Records and count files that an earlier run had stored. */
  readonly skipped: number;
  /** Simulated time of the last step; 0 before the first. */
  readonly simulatedTime: number;
  /** True once the source has no more steps. */
  readonly exhausted: boolean;
};

export interface GeneratorRun {
  /**
   * Delivers the source's steps, and resolves once all are stored, or what was begun when `stop` was called. Rejects
   * when the log or the inbox fails; a new generator over the same log then goes on where this one ended. Once only.
   */
  run(): Promise<Progress>;
  /** Finishes the batch in hand, starts no other. */
  stop(): void;
}

export function createGenerator(options: GeneratorOptions): GeneratorRun {
  return new Delivery(options);
}

class Delivery implements GeneratorRun {
  readonly #options: GeneratorOptions;
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #header: SequenceHeader;
  readonly #batcher = new Batcher();
  readonly #progress = { records: 0, bytes: 0, countFiles: 0, skipped: 0, simulatedTime: 0, exhausted: false };
  #stored: ReadonlyMap<string, readonly number[]> = new Map();
  #stopping = false;

  constructor(options: GeneratorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#pacer = createPacer(options.pace);
    this.#header = new SequenceHeader(options.source.id);
  }

  stop(): void {
    this.#stopping = true;
  }

  async run(): Promise<Progress> {
    this.#stored = await storedSequences(this.#options.log, this.#options.source);
    let sequence = 0;
    let exhausted = true;
    for (const step of this.#options.source.steps()) {
      // A promise only where there is something to wait for: most records just join the batch.
      const waiting = step.kind === 'record' ? this.#takeRecord(step, sequence) : this.#takeCountFile(step);
      if (waiting !== undefined) await waiting;
      if (++sequence % STEPS_PER_TURN === 0) await setImmediate();
      // Only between steps: what the source counted as made is delivered.
      exhausted = !this.#stopping;
      if (!exhausted) break;
    }
    await this.#flush();
    return { ...this.#progress, exhausted };
  }

  #takeRecord(step: RecordStep, sequence: number): Promise<void> | undefined {
    const partition = this.#partitionOf(step, sequence);
    if (sequence <= this.#stored.get(step.topic)![partition]!) {
      this.#progress.skipped++;
      return undefined;
    }
    const delayMs = this.#pacer.delayMs(step.simulatedTime, this.#clock.elapsed());
    const ready = delayMs === 0 && (this.#batcher.count > 0 || this.#options.throttle === undefined);
    if (!ready) return this.#waitAndAppend(step, { partition, sequence, delayMs });
    this.#append(step, partition, sequence);
    return this.#isFull() ? this.#flush() : undefined;
  }

  async #waitAndAppend(
    step: RecordStep,
    place: { partition: number; sequence: number; delayMs: number },
  ): Promise<void> {
    await this.#untilDue(step, place.delayMs);
    if (this.#batcher.count === 0) await this.#options.throttle?.();
    this.#append(step, place.partition, place.sequence);
    if (this.#isFull()) await this.#flush();
  }

  async #takeCountFile(step: CountFileStep): Promise<void> {
    const { inboxFolder, throttle } = this.#options;
    if (await holdsFile(inboxFolder, step.path, step.content)) {
      this.#progress.skipped++;
      return;
    }
    await this.#untilDue(step, this.#pacer.delayMs(step.simulatedTime, this.#clock.elapsed()));
    await this.#flush();
    await throttle?.();
    await putFile(inboxFolder, step.path, step.content);
    this.#progress.countFiles++;
    this.#report(step.simulatedTime);
  }

  /** Sleeps until the step may go; `stop` ends the waiting, and the step goes at once. */
  async #untilDue(step: Step, firstDelayMs: number): Promise<void> {
    for (let delayMs = firstDelayMs; delayMs > 0 && !this.#stopping;) {
      await this.#flush();
      await this.#clock.sleep(Math.min(Math.max(delayMs, MIN_SLEEP_MS), MAX_SLEEP_MS));
      delayMs = this.#pacer.delayMs(step.simulatedTime, this.#clock.elapsed());
    }
  }

  /** By the key, as every producer does it; a message without key and content may go anywhere that stays the same. */
  #partitionOf(step: RecordStep, sequence: number): number {
    const partitions = this.#stored.get(step.topic)!.length;
    return step.key === null ? sequence % partitions : partitionOf(step.key, partitions);
  }

  #append(step: RecordStep, partition: number, sequence: number): void {
    this.#batcher.append(step.topic, partition, {
      key: step.key,
      value: step.value,
      headers: this.#header.of(sequence),
      timestamp: this.#clock.now(),
    });
    this.#progress.simulatedTime = step.simulatedTime;
  }

  #isFull(): boolean {
    return this.#batcher.count >= MAX_BATCH_RECORDS || this.#batcher.byteLength >= MAX_BATCH_BYTES;
  }

  async #flush(): Promise<void> {
    const { count, byteLength } = this.#batcher;
    if (count === 0) return;
    await this.#options.log.produce(this.#batcher.take());
    this.#progress.records += count;
    this.#progress.bytes += byteLength;
    this.#report(this.#progress.simulatedTime);
    // An embedded log may store within the call: let the consumers of this process have their turn.
    await setImmediate();
  }

  #report(simulatedTime: number): void {
    this.#progress.simulatedTime = simulatedTime;
    this.#options.onProgress?.({ ...this.#progress });
  }
}
