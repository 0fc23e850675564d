import { storageName, type Table } from '@tillstream/inventory';

import { qualified } from '../schema/ddl.ts';
import { assignment, identifiers } from '../schema/sql-text.ts';

/**
 * Rows of the largest block. ClickHouse cuts what it reads into parts of at most this many rows, and an insert of several
 * parts can be stored by half.
 */
export const MAX_BLOCK_ROWS = 1_000_000;

/**
 * One insert, one part, at once. In the text, because settings given to chDB beside it stay on its session.
 * - `async_insert` is on by default and would collect blocks of several inserts.
 * - Reading and writing cut blocks by rows (about a million by default) and by bytes (256 MB): rows alone decide here,
 *   the limit above keeps them below, and one thread writes.
 * - Copies within a block are rare, and settled like those of two blocks, by merges and `FINAL`: looking for them in every
 *   block took a third of what an insert costs.
 */
const SETTINGS: Readonly<Record<string, number>> = {
  async_insert: 0,
  max_insert_block_size: 1_048_576,
  min_insert_block_size_rows: 1_048_576,
  min_insert_block_size_bytes: 0,
  max_insert_threads: 1,
  optimize_on_insert: 0,
};

/** The block's bytes follow the statement. */
export function insertStatement(table: Table): string {
  const columns = identifiers(table.columns.map((column) => column.name));
  const settings = Object.entries(SETTINGS).map(([name, value]) => assignment(name, value));
  return `INSERT INTO ${qualified(storageName(table))} (${columns}) SETTINGS ${settings.join(', ')} FORMAT RowBinary`;
}
