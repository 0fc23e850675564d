export * from './pipeline/dataset.ts';
export * from './pipeline/datasets.ts';
export * from './pipeline/expectations.ts';
export * from './pipeline/topics.ts';
export { blockPartition } from './blocks/block-partition.ts';
export * from './blocks/silver-block.ts';
export { ChangeLines } from './contracts/change-lines.ts';
export { CountEntries } from './contracts/count-entries.ts';
export { formatDateTime, parseDateTime } from './contracts/date-time.ts';
export * from './contracts/limits.ts';
export {
  entriesByItem,
  parseChange,
  parseChangePlainly,
  scanChange,
  type RecordSpan,
} from './contracts/parse-change.ts';
export { parseCount } from './contracts/parse-count.ts';
export { EMPTY_REFERENCE, PickUpRule, type Reference } from './contracts/reference.ts';
export { REFERENCE_RULES, Rejections, type Rejection, type Rule } from './contracts/rules.ts';
export { StoreClocks } from './contracts/store-clocks.ts';
export {
  ChangeJudge,
  identityOf,
  type FindChanges,
  type JudgeOptions,
  type KnownChange,
  type LineKey,
  type SourcePositions,
  type Verdict,
} from './duplicates/change-judge.ts';
export { RowBinaryReader } from './encoding/row-binary-reader.ts';
export { RowBinaryWriter } from './encoding/row-binary-writer.ts';
export {
  PartitionStock,
  type ChangeRow,
  type CountRow,
  type StockValue,
  type StoredKey,
} from './stock/partition-stock.ts';
export type { StoreAndItem } from './stock/store-and-item.ts';
export { splitRow } from './contracts/csv.ts';
export { parseCountSheet, type BrokenRow, type CountSheet, type SheetRow } from './contracts/count-sheet.ts';
export * from './contracts/reference-files.ts';
