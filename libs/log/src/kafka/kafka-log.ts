import type { Consumer, ConsumerOptions, Log, OffsetRange, TopicSpec } from '../port.ts';
import type { OutgoingBatch, Position, RecordBatch } from '../record-batch.ts';
import type { Compression } from './codecs.ts';
import { KafkaConnection } from './connection.ts';
import { KafkaConsumer } from './consumer/kafka-consumer.ts';
import { CONSUMER_TIMINGS, type ConsumerTimings } from './consumer/timings.ts';
import { asLogError } from './kafka-error.ts';
import { KafkaProducer } from './kafka-producer.ts';
import { committedOffsets, createTopics, offsetRanges } from './kafka-topics.ts';
import { readAt } from './read-at.ts';
import type { KafkaSecurity } from './security.ts';

export type KafkaLogOptions = {
  /** `host:port` each; one that answers is enough to find the others. */
  readonly brokers: readonly string[];
  /** Names this process in the brokers' logs and quotas. */
  readonly clientId: string;
  /** Whether no other process has that name at the same time: a consumer then takes the place of one that died. */
  readonly isOnlyOfItsName?: boolean;
  readonly security: KafkaSecurity;
  /** Of topics that are created. */
  readonly replicationFactor: number;
  /** Of what is produced; anything can be read. */
  readonly compression: Compression;
  /** Of a consumer in its group; what is left out has a value that suits production. */
  readonly timings?: Partial<ConsumerTimings>;
};

/** How long brokers may be away before a question is given up. */
const PATIENCE_MS = 60_000;

/** Rejects with a `LogError` that names the remedy when no broker can be reached, or none lets this client in. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const connection = new KafkaConnection(options);
  await connection.open();
  return new KafkaLog(options, connection);
}

class KafkaLog implements Log {
  readonly #options: KafkaLogOptions;
  readonly #connection: KafkaConnection;
  readonly #producer: KafkaProducer;
  readonly #consumers: KafkaConsumer[] = [];

  constructor(options: KafkaLogOptions, connection: KafkaConnection) {
    this.#options = options;
    this.#connection = connection;
    this.#producer = new KafkaProducer(connection, options.compression);
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    const names = topics.map(({ name }) => name).join(' ');
    await this.#ask(`create ${names}`, async () =>
      createTopics(this.#connection, topics, this.#options.replicationFactor),
    );
  }

  async produce(batches: readonly OutgoingBatch[]): Promise<void> {
    await this.#producer.produce(batches);
  }

  consumer(options: ConsumerOptions): Consumer {
    const timings = { ...CONSUMER_TIMINGS, ...this.#options.timings };
    const { clientId, isOnlyOfItsName = false } = this.#options;
    const predecessor = isOnlyOfItsName ? clientId : undefined;
    const consumer = new KafkaConsumer(new KafkaConnection(this.#options), { ...options, timings, predecessor });
    this.#consumers.push(consumer);
    return consumer;
  }

  async offsets(topic: string): Promise<readonly OffsetRange[]> {
    return this.#ask(`read the offsets of ${topic}`, async () => offsetRanges(this.#connection, topic));
  }

  async committed(group: string, topic: string): Promise<readonly (number | undefined)[]> {
    return this.#ask(`read what ${group} has committed of ${topic}`, async () =>
      committedOffsets(this.#connection, group, await this.#connection.partitions(topic)),
    );
  }

  async read(from: Position, maxBytes: number): Promise<RecordBatch | undefined> {
    return this.#ask(`read ${from.topic}/${from.partition}`, async () => readAt(this.#connection, from, maxBytes));
  }

  /** Stops the consumers, so that the batches in their handlers may still be written and committed. */
  async close(): Promise<void> {
    await Promise.all(this.#consumers.map(async (consumer) => consumer.stop()));
    await this.#producer.settled();
    await this.#connection.close();
  }

  async #ask<Answer>(what: string, question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#connection.retrying(question, { forMs: PATIENCE_MS });
    } catch (error) {
      throw asLogError(error, `cannot ${what}`);
    }
  }
}
