import { LogError } from '../log-error.ts';
import { partitionName } from '../partition-name.ts';
import type { OutgoingBatch, TopicPartition } from '../record-batch.ts';
import { recordSize } from '../record-size.ts';
import type { Compression } from './codecs.ts';
import type { KafkaConnection } from './connection.ts';
import { asLogError, isRetriable } from './kafka-error.ts';
import { protocolError } from './protocol/kafkajs-internals.ts';
import { type EncodedBatch, produceTo } from './protocol/produce.ts';
import { recordBound, writeRecordBatch } from './protocol/record-batch-writer.ts';

/** A record batch on the wire stays below Kafka's own default limit; a larger record goes alone. */
const MAX_BATCH_BYTES = 1_000_000;
/** How long brokers may be away before a produce is given up. */
const PATIENCE_MS = 120_000;
const NO_TRANSACTION_MS = 60_000;

type Identity = {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly sequences: Map<string, number>;
};
type Chunk = { readonly batch: OutgoingBatch; readonly from: number; readonly to: number };

/**
 * An idempotent producer: a batch that is sent again, because its answer did not come, is stored once. One call is on
 * its way at a time, and in it one batch of a partition, so nothing can overtake.
 */
export class KafkaProducer {
  readonly #connection: KafkaConnection;
  readonly #compression: Compression;
  #identity: Identity | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(connection: KafkaConnection, compression: Compression) {
    this.#connection = connection;
    this.#compression = compression;
  }

  async produce(batches: readonly OutgoingBatch[]): Promise<void> {
    const sent = this.#last.then(async () => this.#send(await this.#queues(batches)));
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  /** Settles when nothing is on its way. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** By partition, what to send one after the other. */
  async #queues(batches: readonly OutgoingBatch[]): Promise<readonly Chunk[][]> {
    const queues = new Map<string, Chunk[]>();
    for (const batch of batches) {
      if (batch.count === 0) continue;
      await this.#check(batch);
      const name = partitionName(batch);
      queues.set(name, [...(queues.get(name) ?? []), ...chunksOf(batch)]);
    }
    return [...queues.values()];
  }

  async #check(batch: OutgoingBatch): Promise<void> {
    const { length } = await this.#retrying(batch, async () => this.#connection.partitions(batch.topic));
    if (batch.partition >= length) {
      throw new LogError(
        'unknown_topic',
        `topic ${batch.topic} has partitions 0 to ${length - 1}, not ${batch.partition}: ` +
          'use the partition count that it was created with',
      );
    }
    for (let index = 0; index < batch.count; index++) {
      if (recordSize(batch, index) >= 0 && Number.isSafeInteger(batch.timestamps[index])) continue;
      throw new LogError(
        'invalid_batch',
        `record ${index} of a batch for ${partitionName(batch)} has positions outside of the bytes of its batch, or a time ` +
          'that is no integer: correct the producer',
      );
    }
  }

  async #send(queues: readonly Chunk[][]): Promise<void> {
    for (;;) {
      const chunks = queues.flatMap((queue) => queue.shift() ?? []);
      if (chunks.length === 0) return;
      try {
        await this.#sendRound(chunks);
      } catch (error) {
        // Its sequence numbers may have been used or not: whoever begins anew does so with another identity.
        this.#identity = undefined;
        throw asLogError(error, `cannot produce to ${chunks.map(({ batch }) => partitionName(batch)).join(' ')}`);
      }
    }
  }

  /** One batch a partition. Who has no good answer yet is sent again as it was, so the broker knows it again. */
  async #sendRound(chunks: readonly Chunk[]): Promise<void> {
    const first = chunks[0]!.batch;
    const identity = (this.#identity ??= await this.#retrying(first, async () => this.#newIdentity()));
    let waiting: readonly EncodedBatch[] = chunks.map((chunk) => this.#encode(chunk, identity));
    await this.#retrying(first, async () => {
      const outcomes = await this.#attempt(waiting);
      const failed = outcomes.filter(({ error }) => error !== undefined);
      const final = failed.find(({ error }) => !isRetriable(error));
      waiting = failed.map(({ batch }) => batch);
      if (failed.length > 0) throw (final ?? failed[0]!).error;
    });
    for (const { batch, from, to } of chunks) {
      const sequence = identity.sequences.get(partitionName(batch)) ?? 0;
      identity.sequences.set(partitionName(batch), (sequence + to - from) % 2 ** 31);
    }
  }

  #encode({ batch, from, to }: Chunk, { producerId, producerEpoch, sequences }: Identity): EncodedBatch {
    const sequence = sequences.get(partitionName(batch)) ?? 0;
    const bytes = writeRecordBatch(batch, { from, to }, { producerId, producerEpoch, sequence }, this.#compression);
    return { topic: batch.topic, partition: batch.partition, bytes };
  }

  /** Every batch to its leader, all leaders at once. */
  async #attempt(batches: readonly EncodedBatch[]): Promise<readonly Outcome[]> {
    const byLeader = Map.groupBy(batches, (batch) => this.#connection.leaderOf(batch));
    const outcomes = Array.from(byLeader, async ([leader, ofLeader]) => {
      if (leader === undefined) return ofLeader.map((batch) => ({ batch, error: protocolError(LEADER_NOT_AVAILABLE) }));
      try {
        return await this.#sendTo(leader, ofLeader);
      } catch (error) {
        return ofLeader.map((batch) => ({ batch, error }));
      }
    });
    return (await Promise.all(outcomes)).flat();
  }

  async #sendTo(leader: number, batches: readonly EncodedBatch[]): Promise<readonly Outcome[]> {
    const broker = await this.#connection.broker(leader);
    const answers = await this.#connection.exchange(broker, async () => produceTo(broker, batches));
    const codes = new Map(answers.map((answer) => [partitionName(answer), answer.errorCode]));
    return batches.map((batch) => {
      const code = codes.get(partitionName(batch)) ?? UNKNOWN;
      // Stored by an earlier attempt.
      return { batch, error: code === DUPLICATE_SEQUENCE ? undefined : protocolError(code) };
    });
  }

  async #newIdentity(): Promise<Identity> {
    const broker = await this.#connection.controller();
    const { producerId, producerEpoch } = await this.#connection.exchange(broker, async () =>
      broker.initProducerId({ transactionTimeout: NO_TRANSACTION_MS }),
    );
    return { producerId: BigInt(producerId), producerEpoch, sequences: new Map() };
  }

  async #retrying<Result>(target: TopicPartition, attempt: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#connection.retrying(attempt, { forMs: PATIENCE_MS });
    } catch (error) {
      throw asLogError(error, `cannot produce to ${partitionName(target)}`);
    }
  }
}

type Outcome = { readonly batch: EncodedBatch; readonly error: unknown };

const UNKNOWN = -1;
const LEADER_NOT_AVAILABLE = 5;
const DUPLICATE_SEQUENCE = 46;

function chunksOf(batch: OutgoingBatch): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < batch.count;) {
    let to = from;
    let bytes = 0;
    do bytes += recordBound(batch, to++);
    while (to < batch.count && bytes + recordBound(batch, to) <= MAX_BATCH_BYTES);
    chunks.push({ batch, from, to });
    from = to;
  }
  return chunks;
}
