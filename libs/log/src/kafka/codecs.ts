import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compressSync, uncompressSync } from 'snappy';
import { LogError } from '../log-error.ts';

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** By the number that a record batch carries. */
const NAMES: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** What a batch may grow to: far more than any honest one, and little enough to survive. */
const MAX_BATCH_BYTES = 256 * 1024 * 1024;

/** Java's snappy stream: magic, version 1 twice, then blocks with a big-endian length each. */
const SNAPPY_STREAM_HEADER = Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex');
const SNAPPY_MAGIC = SNAPPY_STREAM_HEADER.subarray(0, 8);
const SNAPPY_BLOCK_BYTES = 32 * 1024;

export function codecNumber(compression: Compression): number {
  return NAMES.indexOf(compression);
}

export function compress(compression: Compression, bytes: Buffer): Buffer {
  switch (compression) {
    case 'none':
      return bytes;
    case 'gzip':
      return gzipSync(bytes);
    case 'snappy':
      return snappyStream(bytes);
    case 'lz4':
      return compressFrameSync(bytes);
    case 'zstd':
      return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  }
}

/** Throws a `LogError` where the bytes are not what `codec` makes. */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const compression = NAMES[codec];
  try {
    switch (compression) {
      case 'none':
        return bytes;
      case 'gzip':
        return gunzipSync(bytes, { maxOutputLength: MAX_BATCH_BYTES });
      case 'snappy':
        return fromSnappy(bytes);
      case 'lz4':
        return decompressFrameSync(bytes);
      case 'zstd':
        return zstdDecompressSync(bytes, { maxOutputLength: MAX_BATCH_BYTES });
      case undefined:
        break;
    }
    throw new Error(`compression ${codec} is not known`);
  } catch (error) {
    throw new LogError(
      'corrupt',
      `a record batch compressed with ${compression ?? codec} cannot be read (${(error as Error).message}): ` +
        'look at what its producer sends',
      { cause: error },
    );
  }
}

function snappyStream(bytes: Buffer): Buffer {
  const parts: Buffer[] = [SNAPPY_STREAM_HEADER];
  for (let start = 0; start < bytes.length; start += SNAPPY_BLOCK_BYTES) {
    const block = compressSync(bytes.subarray(start, start + SNAPPY_BLOCK_BYTES));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** Both of what producers send: Java's stream of blocks, and one bare block. */
function fromSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, SNAPPY_MAGIC.length).equals(SNAPPY_MAGIC)) return uncompressed(bytes);
  const parts: Buffer[] = [];
  for (let position = SNAPPY_STREAM_HEADER.length; position < bytes.length;) {
    const start = position + 4;
    position = start + bytes.readInt32BE(position);
    if (position > bytes.length || position < start) throw new Error('a block ends behind the batch');
    parts.push(uncompressed(bytes.subarray(start, position)));
  }
  return Buffer.concat(parts);
}

function uncompressed(block: Buffer): Buffer {
  return uncompressSync(block, { asBuffer: true }) as Buffer;
}
