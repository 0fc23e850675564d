import { writeVarint } from './varint.ts';

const NO_HEADERS = Buffer.of(0);

/** Headers in `bytes[start, end)`, RowBinary `Map(String, String)`, as a Kafka record has them. */
export function kafkaHeaders(bytes: Buffer, start: number, end: number): Buffer {
  if (start === end) return NO_HEADERS;
  // A zigzag length takes one byte more than a plain one at most, and every length has a byte here.
  const encoded = Buffer.allocUnsafe((end - start) * 2);
  let source = start;
  const length = (): number => {
    let value = 0;
    for (let shift = 0; source < end; shift += 7) {
      const byte = bytes[source++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  const pairs = length();
  let at = writeVarint(encoded, 0, pairs);
  for (let part = 0; part < pairs * 2; part++) {
    const size = length();
    at = writeVarint(encoded, at, size);
    at += bytes.copy(encoded, at, source, source + size);
    source += size;
  }
  return encoded.subarray(0, at);
}
