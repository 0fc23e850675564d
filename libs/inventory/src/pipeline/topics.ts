import type { Topic } from './dataset.ts';

export const INVENTORY_CHANGE_TOPIC = {
  name: 'pos.inventory-change',
  comment: 'Transactions as the tills send them: one JSON document a record, key trans_id.',
  cleanup: 'delete',
  inputs: [],
} as const satisfies Topic;

export const INVENTORY_SNAPSHOT_TOPIC = {
  name: 'pos.inventory-snapshot',
  comment: 'Count sheets, or parts of one: one JSON document a record, key store_id.',
  cleanup: 'delete',
  inputs: [],
} as const satisfies Topic;

/** Not compactable: a record is a block that holds many keys. */
export const SILVER_INVENTORY_TOPIC = {
  name: 'pos.silver.inventory',
  comment: 'Blocks of clean changes and counts as RowBinary, partitioned by store and item.',
  cleanup: 'delete',
  inputs: ['inventory_change', 'inventory_snapshot'],
} as const satisfies Topic;

export const INVENTORY_CURRENT_TOPIC = {
  name: 'pos.gold.inventory-current',
  comment: 'Current inventory as JSON, key store_id|item_id; of a key the highest version holds.',
  cleanup: 'compact',
  inputs: ['inventory_current'],
} as const satisfies Topic;

export const TOPICS = [
  INVENTORY_CHANGE_TOPIC,
  INVENTORY_SNAPSHOT_TOPIC,
  SILVER_INVENTORY_TOPIC,
  INVENTORY_CURRENT_TOPIC,
] as const satisfies readonly Topic[];
