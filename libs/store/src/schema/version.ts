import type { Store } from '../port.ts';
import { StoreError } from '../store-error.ts';
import { engineName, onCluster, type Layout } from './layout.ts';

/**
 * Grows with every change after which older programs must keep their hands off the store: another meaning of a column,
 * another key. A column or an index more is no such change.
 */
export const SCHEMA_VERSION = 1;

export function createVersionTable(layout: Layout): string {
  return `CREATE TABLE IF NOT EXISTS pos.schema_version${onCluster(layout)} (
  version UInt32 COMMENT 'Version of the schema',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the store reached it'
)
ENGINE = ${engineName('ReplacingMergeTree', layout)}
ORDER BY version
COMMENT 'Versions that the schema of this store has had; the greatest holds.'`;
}

const HAS_VERSION_TABLE = `SELECT name FROM system.tables WHERE database = 'pos' AND name = 'schema_version'`;
const READ_VERSION = 'SELECT max(version) AS version FROM pos.schema_version';
const WRITE_VERSION = 'INSERT INTO pos.schema_version (version) SELECT {version:UInt32} SETTINGS async_insert = 0';

/** Version of the store, 0 for an empty one. Refuses a store that a newer program wrote. */
export async function readVersion(store: Pick<Store, 'query'>): Promise<number> {
  if ((await store.query(HAS_VERSION_TABLE)).length === 0) return 0;
  const [row] = await store.query<{ version: number }>(READ_VERSION);
  const version = row?.version ?? 0;
  if (version > SCHEMA_VERSION) {
    throw new StoreError(
      'other_version',
      `the store has schema version ${version}, this program knows versions up to ${SCHEMA_VERSION}; use the newer program`,
    );
  }
  return version;
}

export async function writeVersion(store: Pick<Store, 'command'>): Promise<void> {
  await store.command(WRITE_VERSION, { version: SCHEMA_VERSION });
}
