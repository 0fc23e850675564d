import {
  RecordBatchBuilder,
  type Consumer,
  type ConsumerOptions,
  type Log,
  type OffsetRange,
  type OutgoingBatch,
  type Position,
  type RecordBatch,
  type TopicPartition,
} from '@tillstream/log';
import type { Signal } from '@tillstream/signal';
import type { Store, TableBlock } from '@tillstream/store';
import { NOTHING_VISIBLE, type Stage, type StageOutput } from '../stage.ts';

const TOPIC = 'input';

export const partitionOf = (partition: number): TopicPartition => ({ topic: TOPIC, partition });

/** Records `from` to `to` of a partition, each of `bytes` bytes. */
export function batchOf(partition: number, from: number, to: number, bytes = 10): RecordBatch {
  const builder = new RecordBatchBuilder(TOPIC, partition);
  for (let offset = from; offset <= to; offset++) {
    builder.append({ key: null, value: Buffer.alloc(bytes), timestamp: 1000 + offset });
  }
  const offsets = Float64Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return { ...builder.build(), offsets, nextOffset: to + 1 };
}

const outputOf = (batches: readonly RecordBatch[]): string =>
  batches.map(({ partition, offsets }) => `${partition}@${offsets[0]}-${offsets.at(-1)}`).join(' ');

/** What happened, in order. A step may be held up, or made to fail. */
export class Journal {
  readonly entries: string[] = [];
  readonly #gates = new Map<string, Promise<void>>();

  /** Notes that the step begins; settles when it may end. */
  async step(name: string): Promise<void> {
    this.entries.push(name);
    await this.#gates.get(name.split(' ')[0]!);
    this.entries.push(`/${name}`);
  }

  note(entry: string): void {
    this.entries.push(entry);
  }

  fail(step: string, error: Error): void {
    const failure = Promise.reject(error);
    failure.catch(() => undefined);
    this.#gates.set(step, failure);
  }

  /** Steps of this name wait until the returned function is called. */
  hold(step: string): () => void {
    let release = (): void => undefined;
    this.#gates.set(step, new Promise((resolve) => (release = resolve)));
    return () => {
      this.#gates.delete(step);
      release();
    };
  }
}

/** One consumer, driven by the test: it calls the handler as the port promises. */
export class FakeConsumer implements Consumer {
  readonly options: ConsumerOptions;
  readonly #journal: Journal;
  readonly #calls = new Set<Promise<void>>();

  constructor(options: ConsumerOptions, journal: Journal) {
    this.options = options;
    this.#journal = journal;
  }

  async start(): Promise<void> {
    await this.#journal.step('start');
  }

  async confirm(): Promise<void> {
    await this.#journal.step('confirm');
  }

  async commit(positions: readonly Position[]): Promise<void> {
    await this.#journal.step(`commit ${positions.map((one) => `${one.partition}:${one.nextOffset}`).join(' ')}`);
  }

  /** As the port says: waits for the batches in the handler. */
  async stop(): Promise<void> {
    this.#journal.note('leave');
    await Promise.allSettled(this.#calls);
    this.#journal.note('left');
  }

  async assign(...partitions: readonly number[]): Promise<void> {
    try {
      await this.options.handler.assigned(partitions.map(partitionOf));
    } catch (error) {
      this.options.handler.failed(error as Error);
    }
  }

  revoke(...partitions: readonly number[]): void {
    this.options.handler.revoked(partitions.map(partitionOf));
  }

  /** Settles when the worker is done with the batch. */
  deliver(batch: RecordBatch): Promise<void> {
    const call = this.options.handler.batch(batch);
    this.#calls.add(call);
    call.catch(() => undefined);
    return call;
  }

  seek(): void {
    throw new Error('not part of these tests');
  }

  pause(): void {
    throw new Error('not part of these tests');
  }

  resume(): void {
    throw new Error('not part of these tests');
  }
}

export class FakeLog implements Pick<Log, 'committed' | 'consumer' | 'offsets' | 'produce'> {
  ranges: readonly OffsetRange[] = Array.from({ length: 4 }, () => ({ start: 0, end: 1000 }));
  positions: readonly (number | undefined)[] = [];
  readonly journal: Journal;
  readonly consumers: FakeConsumer[] = [];

  constructor(journal: Journal) {
    this.journal = journal;
  }

  consumer(options: ConsumerOptions): FakeConsumer {
    const consumer = new FakeConsumer(options, this.journal);
    this.consumers.push(consumer);
    return consumer;
  }

  async produce(batches: readonly OutgoingBatch[]): Promise<void> {
    await this.journal.step(`publish ${batches.map(({ topic }) => topic).join(' ')}`);
  }

  async offsets(): Promise<readonly OffsetRange[]> {
    return this.ranges;
  }

  async committed(): Promise<readonly (number | undefined)[]> {
    return this.positions;
  }
}

export function fakeStore(journal: Journal): Pick<Store, 'insert'> {
  return { insert: async ({ table, rows }: TableBlock) => journal.step(`insert-${table.name} ${rows}`) };
}

export function fakeSignal(journal: Journal): Pick<Signal, 'publish'> {
  return { publish: (subject) => journal.note(`news ${subject}`) };
}

/** Writes two tables, publishes a batch and tells news, for every turn; unless it is told otherwise. */
export class FakeStage implements Stage {
  readonly service = 'stage-under-test';
  readonly #journal: Journal;
  output: Partial<StageOutput> = {};

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#journal.step(`recover ${partitions.map(({ partition }) => partition).join(' ')}`);
  }

  revoked(partitions: readonly TopicPartition[]): void {
    this.#journal.note(`lose ${partitions.map(({ partition }) => partition).join(' ')}`);
  }

  async process(batches: readonly RecordBatch[]): Promise<StageOutput> {
    await this.#journal.step(`process ${outputOf(batches)}`);
    const table = (name: string) => ({ name }) as TableBlock['table'];
    return {
      firstTables: [],
      tables: ['a', 'b'].map((name) => ({ table: table(name), rows: 1, bytes: Buffer.alloc(1) })),
      publish: [new RecordBatchBuilder('output', 0).build()],
      news: [{ subject: 'news', payload: Buffer.alloc(0) }],
      counts: [{ name: 'records_read', dataset: TOPIC, value: batches.reduce((sum, { count }) => sum + count, 0) }],
      visible: NOTHING_VISIBLE,
      ...this.output,
    };
  }

  stateBytes(): number {
    return 4096;
  }

  stateKeys(): number {
    return 16;
  }
}
