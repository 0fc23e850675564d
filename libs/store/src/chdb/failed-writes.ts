import { StoreError } from '../store-error.ts';

const FAILED_WRITES = "SELECT value FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'";

/**
 * Throws when the engine has failed to write to a file since this process began. Unlike ClickHouse, chDB counts such a
 * write and goes on: the file is cut off, and the part that it belongs to counts as stored. Only opening the store again
 * finds out, since the sizes of files are compared then; a part that was cut off while merging gives way to those that
 * it was made of, as long as they are kept. So nothing may be acknowledged, and the process must end.
 */
export async function refuseAfterFailedWrites(
  run: (sql: string, format: string) => Promise<{ readonly bytes: Buffer }>,
): Promise<void> {
  const { bytes } = await run(FAILED_WRITES, 'TSV');
  // What has never happened has no row.
  if (bytes.length === 0) return;
  throw new StoreError(
    'damaged',
    `the disk did not take ${bytes.toString().trim()} writes of the store; free some space there and start again: what ` +
      'was cut off is set aside then, and nothing that was acknowledged is lost',
  );
}
