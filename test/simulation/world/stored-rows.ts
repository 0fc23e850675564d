import { positionOf } from '../truth/expected.ts';

/** Rows as the fake tables hold them, by declared column. */

export type StoredChange = {
  readonly store_id: number;
  readonly item_id: number;
  /** UTF-8 bytes as latin1. */
  readonly trans_id: string;
  readonly date_time: number;
  readonly quantity: number;
  readonly change_type_id: number;
  readonly rescued_data: string;
  readonly source_partition: number;
  readonly source_offset: number;
  readonly identity_hash: number | bigint;
  readonly block_partition: number;
  readonly off_shelf: number;
};

export type StoredCount = {
  readonly store_id: number;
  readonly item_id: number;
  readonly date_time: number;
  readonly employee_id: number | null;
  readonly quantity: number;
  readonly source_partition: number;
  readonly source_offset: number;
  readonly source_line: number;
  readonly block_partition: number;
};

export type StoredQuarantine = {
  readonly source_topic: string;
  readonly source_partition: number;
  readonly source_offset: number;
  readonly rules: readonly string[];
  readonly lines: readonly number[];
  readonly record_timestamp: number;
  readonly key: string;
  readonly value: string;
};

export type StoredRaw = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string;
  readonly value: string;
  readonly headers: readonly string[];
};

export type StoredGold = {
  readonly store_id: number;
  readonly item_id: number;
  readonly snapshot_quantity: number;
  readonly change_quantity: number;
  readonly current_inventory: number;
  readonly date_time: number;
  readonly version: number | bigint;
};

export function positionOfQuarantined(row: StoredQuarantine): string {
  return positionOf({ topic: row.source_topic, partition: row.source_partition, offset: row.source_offset });
}
