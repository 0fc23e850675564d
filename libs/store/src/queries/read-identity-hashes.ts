import type { Store } from '../port.ts';

/** Width of a row: identity_hash UInt64. */
export const IDENTITY_HASH_BYTES = 8;

/**
 * Identity hashes of the stored lines that came through these source partitions, as buffers of whole hashes, in any
 * order; a line that is stored twice may come twice.
 */
export function readIdentityHashes(
  store: Pick<Store, 'streamRowBinary'>,
  sourcePartitions: readonly number[],
): AsyncIterable<Buffer> {
  return store.streamRowBinary(
    'SELECT identity_hash FROM pos.inventory_change_rows WHERE source_partition IN {sourcePartitions:Array(UInt16)}',
    { sourcePartitions },
  );
}
