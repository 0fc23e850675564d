import { crc32c } from '@node-rs/crc32';
import type { RecordColumns } from '../../record-batch.ts';
import { codecNumber, compress, type Compression } from '../codecs.ts';
import { kafkaHeaders } from './record-headers.ts';
import { varintSize, writeVarint } from './varint.ts';

const HEADER_BYTES = 61;
const LENGTH_AT = 8;
const AFTER_LENGTH = 12;
const CRC_AT = 17;
const AFTER_CRC = 21;

/** What makes a batch repeatable: the broker takes the same numbers only once. */
export type ProducerStamp = {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly sequence: number;
};

/** Lengths, deltas and attributes of a record, each as long as it can get. */
const RECORD_FRAME_BYTES = 40;

/** The records `[from, to)` as one Kafka record batch of format 2, the only one that Kafka 4 takes. */
export function writeRecordBatch(
  records: RecordColumns,
  { from, to }: { readonly from: number; readonly to: number },
  stamp: ProducerStamp,
  compression: Compression,
): Buffer {
  const times = records.timestamps.subarray(from, to);
  const plain = encodeRecords(records, from, to);
  const batch = compression === 'none' ? plain : behindHeader(compress(compression, plain.subarray(HEADER_BYTES)));
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - AFTER_LENGTH, LENGTH_AT);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(codecNumber(compression), 21);
  batch.writeInt32BE(to - from - 1, 23);
  batch.writeBigInt64BE(BigInt(times[0]!), 27);
  batch.writeBigInt64BE(BigInt(times.reduce((latest, time) => Math.max(latest, time))), 35);
  batch.writeBigInt64BE(stamp.producerId, 43);
  batch.writeInt16BE(stamp.producerEpoch, 51);
  batch.writeInt32BE(stamp.sequence, 53);
  batch.writeInt32BE(to - from, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(AFTER_CRC)), CRC_AT);
  return batch;
}

function behindHeader(body: Buffer): Buffer {
  const batch = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  body.copy(batch, HEADER_BYTES);
  return batch;
}

/** With room for the header before them. */
function encodeRecords(records: RecordColumns, from: number, to: number): Buffer {
  let bound = HEADER_BYTES;
  for (let index = from; index < to; index++) bound += recordBound(records, index);
  const encoded = Buffer.allocUnsafe(bound);
  let at = HEADER_BYTES;
  for (let index = from; index < to; index++) {
    const headers = kafkaHeaders(records.bytes, records.headersStart[index]!, records.headersEnd[index]!);
    const timestampDelta = records.timestamps[index]! - records.timestamps[from]!;
    const [keyStart, keyEnd] = [records.keyStart[index]!, records.keyEnd[index]!];
    const [valueStart, valueEnd] = [records.valueStart[index]!, records.valueEnd[index]!];
    const length =
      1 +
      varintSize(timestampDelta) +
      varintSize(index - from) +
      spanSize(keyStart, keyEnd) +
      spanSize(valueStart, valueEnd) +
      headers.length;
    at = writeVarint(encoded, at, length);
    encoded[at++] = 0;
    at = writeVarint(encoded, at, timestampDelta);
    at = writeVarint(encoded, at, index - from);
    at = writeSpan(encoded, at, records.bytes.subarray(keyStart, keyEnd), keyStart === -1);
    at = writeSpan(encoded, at, records.bytes.subarray(valueStart, valueEnd), valueStart === -1);
    at += headers.copy(encoded, at);
  }
  return encoded.subarray(0, at);
}

/** An upper bound of the bytes that a record takes in a batch. */
export function recordBound(records: RecordColumns, index: number): number {
  const key = records.keyEnd[index]! - records.keyStart[index]!;
  const value = records.valueEnd[index]! - records.valueStart[index]!;
  const headers = records.headersEnd[index]! - records.headersStart[index]!;
  return RECORD_FRAME_BYTES + key + value + headers * 2;
}

function spanSize(start: number, end: number): number {
  return start === -1 ? 1 : varintSize(end - start) + end - start;
}

function writeSpan(target: Buffer, at: number, span: Buffer, isNull: boolean): number {
  if (isNull) return writeVarint(target, at, -1);
  const start = writeVarint(target, at, span.length);
  return start + span.copy(target, start);
}
