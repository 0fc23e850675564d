import type { TopicPartition } from '../../record-batch.ts';
import {
  API_KEYS,
  type Broker,
  type BrokerResponse,
  type Encoder,
  EncoderClass,
  encoderOf,
} from './kafkajs-internals.ts';

/** How long the leader may wait for its replicas before it answers. */
const REPLICATION_TIMEOUT_MS = 10_000;
const ACKS_ALL = -1;

export type EncodedBatch = TopicPartition & { readonly bytes: Buffer };
export type ProducedPartition = TopicPartition & { readonly errorCode: number };

/** Sends one record batch a partition to the broker that leads them; resolves with an answer for each. */
export async function produceTo(
  broker: Broker,
  batches: readonly EncodedBatch[],
): Promise<readonly ProducedPartition[]> {
  const body = encodedRequest(batches);
  return broker.connectionPool.send({
    // Version 7 allows zstd.
    request: { apiKey: API_KEYS.Produce, apiVersion: 7, apiName: 'Produce', encode: async () => body },
    response: RESPONSE,
    logResponseError: false,
  });
}

/** In one piece: the batches are large, and an encoder that grows takes several times the memory. */
function encodedRequest(batches: readonly EncodedBatch[]): Encoder {
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  const parts: Buffer[] = [
    new EncoderClass().writeString(null).writeInt16(ACKS_ALL).writeInt32(REPLICATION_TIMEOUT_MS).buffer,
    new EncoderClass().writeInt32(byTopic.size).buffer,
  ];
  for (const [topic, ofTopic] of byTopic) {
    parts.push(new EncoderClass().writeString(topic).writeInt32(ofTopic.length).buffer);
    for (const { partition, bytes } of ofTopic) {
      parts.push(new EncoderClass().writeInt32(partition).writeInt32(bytes.length).buffer, bytes);
    }
  }
  return encoderOf(Buffer.concat(parts));
}

const RESPONSE: BrokerResponse<readonly ProducedPartition[]> = {
  async decode(payload) {
    const data: ProducedPartition[] = [];
    let position = 4;
    for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
      const nameEnd = position + 2 + payload.readInt16BE(position);
      const topic = payload.toString('utf8', position + 2, nameEnd);
      position = nameEnd + 4;
      for (let partitions = payload.readInt32BE(nameEnd); partitions > 0; partitions--) {
        data.push({ topic, partition: payload.readInt32BE(position), errorCode: payload.readInt16BE(position + 4) });
        // Then base offset, append time and log start, eight bytes each.
        position += 4 + 2 + 3 * 8;
      }
    }
    return { clientSideThrottleTime: payload.readInt32BE(position), data };
  },
  async parse({ data }) {
    return data;
  },
};
