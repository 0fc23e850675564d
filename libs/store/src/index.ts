export type { QueryParameters, Store, TableBlock } from './port.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
export type { EmbeddedStoreOptions } from './chdb/open-embedded-store.ts';
export { openEmbeddedStore } from './open-embedded-store.ts';
export { openClickHouseStore, type ClickHouseStoreOptions } from './http/open-clickhouse-store.ts';
export type { StoreWait } from './http/patience.ts';
export { MAX_BLOCK_ROWS } from './clickhouse/insert-statement.ts';
export type { CellValue } from './encoding/cell-codecs.ts';
export { decodeRows, encodeRows, type RowValues } from './encoding/row-codec.ts';
export { countRows } from './queries/count-rows.ts';
export { findChanges, ownStoreFirst } from './queries/find-changes.ts';
export { loadedFiles, type LoadedFile } from './queries/loaded-files.ts';
export { IDENTITY_HASH_BYTES, readIdentityHashes } from './queries/read-identity-hashes.ts';
export { audit, explainDifferences, type Audit, type Difference } from './auditor/audit.ts';
export {
  compareGold,
  computeGold,
  differingKeys,
  dropComputedGold,
  replaceGold,
  type ComputedGold,
  type GoldComparison,
} from './refresh/refresh-gold.ts';
export { missingHistory, type MissingHistory, type PartitionStart } from './refresh/missing-history.ts';
export { storedEra } from './refresh/stored-era.ts';
