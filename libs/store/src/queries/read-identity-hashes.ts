import type { Store } from '../port.ts';

/** Width of a row: identity_hash UInt64, source_partition UInt16, source_offset UInt64. */
export const IDENTITY_HASH_ROW_BYTES = 8 + 2 + 8;

const COLUMNS = 'SELECT identity_hash, source_partition, source_offset FROM pos.inventory_change_rows';

/** One pass over three columns; a partition's bound is looked up in the two arrays. */
const FROM_OFFSETS = `${COLUMNS}
WHERE source_partition IN {partitions:Array(UInt16)}
  AND source_offset >= transform(source_partition, {partitions:Array(UInt16)}, {offsets:Array(UInt64)}, toUInt64(0))`;

/**
 * Identity hashes of the stored lines as buffers of whole rows, in any order; a line that is stored twice may come twice.
 * With bounds: of these source partitions only, each from its offset on.
 */
export function readIdentityHashes(
  store: Pick<Store, 'streamRowBinary'>,
  fromOffsets?: ReadonlyMap<number, number>,
): AsyncIterable<Buffer> {
  if (fromOffsets === undefined) return store.streamRowBinary(COLUMNS);
  return store.streamRowBinary(FROM_OFFSETS, {
    partitions: [...fromOffsets.keys()],
    offsets: [...fromOffsets.values()],
  });
}
