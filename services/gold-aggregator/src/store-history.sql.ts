/**
 * The state of keys as one query over the silver tables. Changes are read with FINAL, because a crash between storing
 * and committing stores rows again. Times are epoch milliseconds; a key without count has time 0, before all changes.
 */
const latestCounts = (condition: string): string => `SELECT store_id, item_id, any(block_partition) AS carrier,
    max((toUnixTimestamp64Milli(date_time), source_partition, source_offset, source_line, quantity)) AS latest,
    toUInt8(1) AS counted
  FROM pos.inventory_snapshot_rows WHERE ${condition} GROUP BY store_id, item_id`;

const shelfChanges = (condition: string): string => `SELECT store_id, item_id, block_partition AS carrier,
    toUnixTimestamp64Milli(date_time) AS time, toInt64(quantity) AS change, identity_hash, source_partition, source_offset
  FROM pos.inventory_change_rows FINAL
  WHERE ${condition} AND off_shelf = 0`;

const COUNT_COLUMNS = `counted, toInt64(latest.1), toUInt16(latest.2), toUInt64(latest.3), toUInt32(latest.4),
  toInt32(latest.5)`;

const OF_PARTITIONS = 'block_partition IN {partitions:Array(UInt16)}';

/** Every key of some block partitions; all of its changes are settled. */
export const ALL_KEYS = `
WITH counts AS (${latestCounts(OF_PARTITIONS)}),
sums AS (
  SELECT changed.store_id AS store_id, changed.item_id AS item_id, any(changed.carrier) AS carrier,
    countIf(changed.time >= counts.latest.1) AS settled,
    sumIf(changed.change, changed.time >= counts.latest.1) AS settled_sum,
    maxIf(changed.time, changed.time >= counts.latest.1) AS settled_last
  FROM (${shelfChanges(OF_PARTITIONS)}) AS changed
  LEFT JOIN counts ON counts.store_id = changed.store_id AND counts.item_id = changed.item_id
  GROUP BY store_id, item_id
)
SELECT toUInt16(if(counted = 1, c.carrier, s.carrier)), if(counted = 1, c.store_id, s.store_id),
  if(counted = 1, c.item_id, s.item_id), ${COUNT_COLUMNS},
  toUInt64(settled), toInt64(settled_sum), toInt64(settled_last),
  CAST([], 'Array(Tuple(UInt64, UInt16, UInt64, Int64, Int32))')
FROM counts AS c
FULL OUTER JOIN sums AS s ON c.store_id = s.store_id AND c.item_id = s.item_id
SETTINGS join_use_nulls = 0`;

const KEYS = `SELECT arrayJoin(arrayZip({stores:Array(Int32)}, {items:Array(Int32)})) AS pair`;
const OF_KEYS = `(store_id, item_id) IN (${KEYS})`;

/** Some keys. Changes above the border of their source partition come one by one, the others as a sum. */
export const SOME_KEYS = `
WITH {borders:Array(Int64)} AS borders,
counts AS (${latestCounts(OF_KEYS)}),
changes AS (
  SELECT *, toInt64(source_offset) <= if(source_partition < length(borders), borders[source_partition + 1], -1) AS is_settled,
    toUInt8(1) AS changed
  FROM (${shelfChanges(OF_KEYS)})
)
SELECT key_store, key_item, ${COUNT_COLUMNS}, toUInt64(settled), toInt64(settled_sum), toInt64(settled_last), recent
FROM (
  SELECT k.pair.1 AS key_store, k.pair.2 AS key_item, any(c.latest) AS latest, any(c.counted) AS counted,
    countIf(h.changed = 1 AND h.is_settled AND h.time >= c.latest.1) AS settled,
    sumIf(h.change, h.changed = 1 AND h.is_settled AND h.time >= c.latest.1) AS settled_sum,
    maxIf(h.time, h.changed = 1 AND h.is_settled AND h.time >= c.latest.1) AS settled_last,
    groupArrayIf((h.identity_hash, h.source_partition, h.source_offset, h.time, toInt32(h.change)),
      h.changed = 1 AND NOT h.is_settled AND h.time >= c.latest.1) AS recent
  FROM (${KEYS}) AS k
  LEFT JOIN counts AS c ON c.store_id = k.pair.1 AND c.item_id = k.pair.2
  LEFT JOIN changes AS h ON h.store_id = k.pair.1 AND h.item_id = k.pair.2
  GROUP BY key_store, key_item
)
SETTINGS join_use_nulls = 0`;

/** Greatest source offset of the stored changes by source partition. */
export const LAST_OFFSETS = `SELECT source_partition, max(source_offset) AS last
FROM pos.inventory_change_rows GROUP BY source_partition ORDER BY source_partition`;
