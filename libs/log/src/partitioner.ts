const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * The partition of a key in `bytes[start, end)`: Kafka's default partitioner, so that a key has the same partition
 * in the embedded log, in Kafka, and for every other producer that follows the default.
 */
export function partitionOf(bytes: Buffer, partitions: number, start = 0, end = bytes.length): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % partitions;
}

/** MurmurHash2 as in Kafka's `Utils.murmur2`, as a signed 32-bit number. */
export function murmur2(bytes: Buffer, start: number, end: number): number {
  const tail = start + ((end - start) & ~3);
  let hash = SEED ^ (end - start);
  for (let position = start; position < tail; position += 4) {
    hash = Math.imul(hash, MULTIPLIER) ^ mixed(word(bytes, position, 4));
  }
  if (tail < end) hash = Math.imul(hash ^ word(bytes, tail, end - tail), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

function mixed(value: number): number {
  const product = Math.imul(value, MULTIPLIER);
  return Math.imul(product ^ (product >>> 24), MULTIPLIER);
}

/** The next `length` bytes, at most four, as a little-endian number. */
function word(bytes: Buffer, position: number, length: number): number {
  let value = 0;
  for (let index = length - 1; index >= 0; index--) value = (value << 8) | bytes[position + index]!;
  return value;
}
