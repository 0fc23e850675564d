import type { TopicPartition } from '../../record-batch.ts';
import { type Broker, type BrokerResponse, createFetchRequest, type TopicPartitions } from './kafkajs-internals.ts';
import type { AbortedTransaction } from './record-batch-reader.ts';

export const READ_COMMITTED = 1;

export type FetchRange = TopicPartition & { readonly offset: number; readonly maxBytes: number };

export type FetchedPartition = TopicPartition & {
  readonly errorCode: number;
  /** Where the records end that may be read: behind it are those not replicated yet, or of an open transaction. */
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches, the last perhaps cut off. A view on the answer. */
  readonly records: Buffer;
};

/** Asks a broker for records of partitions that it leads. It answers as soon as it has any, or after `maxWaitMs`. */
export async function fetchFrom(
  broker: Broker,
  ranges: readonly FetchRange[],
  limits: { readonly maxBytes: number; readonly maxWaitMs: number },
): Promise<readonly FetchedPartition[]> {
  const request = createFetchRequest({
    maxWaitTime: limits.maxWaitMs,
    minBytes: 1,
    maxBytes: limits.maxBytes,
    isolationLevel: READ_COMMITTED,
    topics: byTopic(ranges),
  });
  return broker.connectionPool.send({ request, response: RESPONSE, logResponseError: false });
}

function byTopic(
  ranges: readonly FetchRange[],
): TopicPartitions<{ readonly partition: number; readonly fetchOffset: string; readonly maxBytes: number }>[] {
  const topics = Map.groupBy(ranges, ({ topic }) => topic);
  return Array.from(topics, ([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, offset, maxBytes }) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes,
    })),
  }));
}

const RESPONSE: BrokerResponse<readonly FetchedPartition[]> = {
  async decode(payload) {
    const reader = new AnswerReader(payload);
    const clientSideThrottleTime = reader.int32();
    // Error code and id of a fetch session, which is not used.
    reader.skip(2 + 4);
    const data = reader.array(() => {
      const topic = reader.string();
      return reader.array(() => decodePartition(reader, topic));
    });
    return { clientSideThrottleTime, data: data.flat() };
  },
  async parse({ data }) {
    return data;
  },
};

function decodePartition(reader: AnswerReader, topic: string): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  reader.skip(8);
  const lastStableOffset = Number(reader.int64());
  reader.skip(8);
  const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: Number(reader.int64()) }));
  reader.skip(4);
  return { topic, partition, errorCode, lastStableOffset, aborted, records: reader.bytes() };
}

class AnswerReader {
  readonly #payload: Buffer;
  #position = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  skip(bytes: number): void {
    this.#position += bytes;
  }

  int16(): number {
    this.#position += 2;
    return this.#payload.readInt16BE(this.#position - 2);
  }

  int32(): number {
    this.#position += 4;
    return this.#payload.readInt32BE(this.#position - 4);
  }

  int64(): bigint {
    this.#position += 8;
    return this.#payload.readBigInt64BE(this.#position - 8);
  }

  string(): string {
    return this.#take(this.int16()).toString('utf8');
  }

  bytes(): Buffer {
    return this.#take(Math.max(0, this.int32()));
  }

  /** A length of -1 stands for null. */
  array<Item>(item: () => Item): Item[] {
    return Array.from({ length: Math.max(0, this.int32()) }, item);
  }

  #take(length: number): Buffer {
    this.#position += length;
    return this.#payload.subarray(this.#position - length, this.#position);
  }
}
