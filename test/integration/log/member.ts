import type { Consumer, ConsumerHandler, ConsumerOptions, Log, RecordBatch, TopicPartition } from '@tillstream/log';
import { valuesOf } from './records.ts';

const idOf = ({ partition }: TopicPartition): string => `${partition}`;

/** A member of a group that notes what it is called with, holds to the port's order of calls, and commits each batch. */
export class Member implements ConsumerHandler {
  readonly calls: string[] = [];
  readonly batches: RecordBatch[] = [];
  /** What broke the port's promise on the order of calls. */
  readonly offences: string[] = [];
  readonly consumer: Consumer;
  onBatch: (batch: RecordBatch) => Promise<void>;
  onAssigned: (partitions: readonly TopicPartition[]) => Promise<void> = async () => {};
  /** By partition: told of it, and of nothing that took it away. */
  readonly held = new Set<string>();
  readonly #busy = new Set<string>();

  constructor(log: Log, topic: string, options: Partial<ConsumerOptions> = {}) {
    const defaults = { group: `readers-of-${topic}`, topics: [topic], maxBatchBytes: 1 << 20 };
    this.consumer = log.consumer({ ...defaults, handler: this, ...options });
    this.onBatch = async (batch) => this.consumer.commit([batch]);
  }

  async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    this.calls.push(`assigned ${partitions.map(idOf).join(' ')}`);
    for (const partition of partitions) this.held.add(idOf(partition));
    await this.#exclusively(partitions, async () => this.onAssigned(partitions));
  }

  revoked(partitions: readonly TopicPartition[]): void {
    this.calls.push(`revoked ${partitions.map(idOf).join(' ')}`);
    for (const partition of partitions) {
      if (!this.held.delete(idOf(partition))) this.offences.push(`${idOf(partition)} revoked, and was not held`);
    }
  }

  async batch(batch: RecordBatch): Promise<void> {
    this.calls.push(`batch ${idOf(batch)} ${valuesOf(batch).join(' ')}`);
    if (!this.held.has(idOf(batch))) this.offences.push(`a batch of ${idOf(batch)}, which is not held`);
    this.batches.push(batch);
    await this.#exclusively([batch], async () => this.onBatch(batch));
  }

  failed(error: Error): void {
    this.calls.push(`failed ${error.message}`);
  }

  get values(): string[] {
    return this.batches.flatMap(valuesOf).map(String);
  }

  get failures(): string[] {
    return this.calls.filter((call) => call.startsWith('failed'));
  }

  async #exclusively(partitions: readonly TopicPartition[], call: () => Promise<void>): Promise<void> {
    for (const partition of partitions.map(idOf)) {
      if (this.#busy.has(partition)) this.offences.push(`two calls for ${partition} at once`);
      this.#busy.add(partition);
    }
    await call();
    for (const partition of partitions) this.#busy.delete(idOf(partition));
  }
}
