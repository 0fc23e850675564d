import {
  partitionName,
  type Consumer,
  type ConsumerOptions,
  type Log,
  type OffsetRange,
  type OutgoingBatch,
} from '@tillstream/log';
import type { ConsumerGroup } from './consumer-group.ts';
import { FakeConsumer, type FakeConsumerOptions } from './fake-consumer.ts';
import type { Operations } from './operations.ts';
import { StoredPartition } from './stored-topic.ts';

/** Topics and groups, shared by all workers. */
export class LogServer {
  readonly topics = new Map<string, readonly StoredPartition[]>();
  readonly groups = new Map<string, ConsumerGroup>();

  createTopic(name: string, partitions: number): void {
    this.topics.set(
      name,
      Array.from({ length: partitions }, (_, partition) => new StoredPartition(name, partition)),
    );
  }

  partition({ topic, partition }: { readonly topic: string; readonly partition: number }): StoredPartition {
    return this.topics.get(topic)![partition]!;
  }
}

/** One worker's connection to the log. */
export class FakeLog implements Log {
  consumers: FakeConsumer[] = [];
  readonly #server: LogServer;
  readonly #operations: Operations;
  readonly #options: FakeConsumerOptions;

  constructor(server: LogServer, operations: Operations, options: FakeConsumerOptions) {
    this.#server = server;
    this.#operations = operations;
    this.#options = options;
  }

  async createTopics(): Promise<void> {
    throw new Error('no worker creates topics');
  }

  async produce(batches: readonly OutgoingBatch[]): Promise<void> {
    const label = (): string => `produce ${batches.map((one) => `${partitionName(one)} (${one.count})`).join(' ')}`;
    const parts = batches.map((batch) => () => this.#server.partition(batch).append(batch));
    await this.#operations.ask({ label, kind: 'produce', parts, result: () => undefined });
  }

  consumer({ group, handler }: ConsumerOptions): Consumer {
    const consumer = new FakeConsumer(this.#server.groups.get(group)!, handler, this.#operations, this.#options);
    this.consumers.push(consumer);
    return consumer;
  }

  async offsets(topic: string): Promise<readonly OffsetRange[]> {
    return this.#server.topics.get(topic)!.map(({ records }) => ({ start: 0, end: records.length }));
  }

  async committed(group: string, topic: string): Promise<readonly (number | undefined)[]> {
    const { committed } = this.#server.groups.get(group)!;
    return this.#server.topics.get(topic)!.map((one) => committed.get(partitionName(one)));
  }

  async read(): Promise<undefined> {
    throw new Error('no worker reads outside its group');
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
