/**
 * The state of keys as one query over the silver tables. Changes are read with FINAL, because a crash between storing
 * and committing stores rows again. Times are epoch milliseconds; a key without count has time 0, before all changes.
 */
const LATEST_COUNTS = `SELECT store_id, item_id, any(block_partition) AS block_partition,
    max((toUnixTimestamp64Milli(date_time), source_partition, source_offset, source_line, quantity)) AS latest,
    toUInt8(1) AS counted
  FROM pos.inventory_snapshot_rows WHERE CONDITION GROUP BY store_id, item_id`;

const COUNTED_CHANGES = `SELECT store_id, item_id, block_partition, toUnixTimestamp64Milli(date_time) AS time, quantity,
    identity_hash, source_partition, source_offset
  FROM pos.inventory_change_rows FINAL
  WHERE CONDITION
    AND NOT (store_id IN {onlineStores:Array(Int32)} AND change_type_id IN {pickUpTypes:Array(Int16)})`;

const COUNT_COLUMNS = `counted, toInt64(latest.1), toUInt16(latest.2), toUInt64(latest.3),
  toUInt32(latest.4), toInt32(latest.5)`;

const OF_PARTITIONS = 'block_partition IN {partitions:Array(UInt16)}';

/** Every key of some block partitions; all of its changes are settled. */
export const ALL_KEYS = `
WITH counts AS (${LATEST_COUNTS.replace('CONDITION', OF_PARTITIONS)}),
changes AS (
  SELECT store_id, item_id, any(changed.block_partition) AS block_partition,
    count() AS settled, sum(toInt64(changed.quantity)) AS settled_sum, max(changed.time) AS settled_last
  FROM (${COUNTED_CHANGES.replace('CONDITION', OF_PARTITIONS)}) AS changed
  LEFT JOIN counts ON counts.store_id = changed.store_id AND counts.item_id = changed.item_id
  WHERE changed.time >= counts.latest.1
  GROUP BY changed.store_id AS store_id, changed.item_id AS item_id
)
SELECT toUInt16(if(counted = 1, c_partition, h_partition)), key_store, key_item, ${COUNT_COLUMNS},
  toUInt64(settled), toInt64(settled_sum), toInt64(settled_last),
  CAST([], 'Array(Tuple(UInt64, UInt16, UInt64, Int64, Int32))')
FROM (
  SELECT if(c.counted = 1, c.store_id, h.store_id) AS key_store, if(c.counted = 1, c.item_id, h.item_id) AS key_item,
    c.counted AS counted, c.block_partition AS c_partition, h.block_partition AS h_partition,
    c.latest AS latest, h.settled AS settled, h.settled_sum AS settled_sum, h.settled_last AS settled_last
  FROM counts AS c
  FULL OUTER JOIN changes AS h ON c.store_id = h.store_id AND c.item_id = h.item_id
)
SETTINGS join_use_nulls = 0`;

const OF_KEYS = `(store_id, item_id) IN
    (SELECT arrayJoin(arrayZip({stores:Array(Int32)}, {items:Array(Int32)})) AS pair)`;

/** Some keys. Changes above the border of their source partition come one by one, the others as a sum. */
export const SOME_KEYS = `
WITH counts AS (${LATEST_COUNTS.replace('CONDITION', OF_KEYS)}),
changes AS (
  SELECT *, source_offset <= if(source_partition < length({borders:Array(Int64)}),
    {borders:Array(Int64)}[source_partition + 1], -1) AS is_settled
  FROM (${COUNTED_CHANGES.replace('CONDITION', OF_KEYS)})
)
SELECT key_store, key_item, ${COUNT_COLUMNS}, toUInt64(settled), toInt64(settled_sum), toInt64(settled_last), recent
FROM (
  SELECT k.pair.1 AS key_store, k.pair.2 AS key_item, any(c.latest) AS latest, any(c.counted) AS counted,
    countIf(h.seen = 1 AND h.is_settled AND h.time >= c.latest.1) AS settled,
    sumIf(toInt64(h.quantity), h.seen = 1 AND h.is_settled AND h.time >= c.latest.1) AS settled_sum,
    maxIf(h.time, h.seen = 1 AND h.is_settled AND h.time >= c.latest.1) AS settled_last,
    groupArrayIf((h.identity_hash, h.source_partition, h.source_offset, h.time, h.quantity),
      h.seen = 1 AND NOT h.is_settled AND h.time >= c.latest.1) AS recent
  FROM (SELECT arrayJoin(arrayZip({stores:Array(Int32)}, {items:Array(Int32)})) AS pair) AS k
  LEFT JOIN counts AS c ON c.store_id = k.pair.1 AND c.item_id = k.pair.2
  LEFT JOIN (SELECT *, 1 AS seen FROM changes) AS h ON h.store_id = k.pair.1 AND h.item_id = k.pair.2
  GROUP BY key_store, key_item
)
SETTINGS join_use_nulls = 0`;

/** Greatest source offset of the stored changes by source partition. */
export const LAST_OFFSETS = `SELECT source_partition, max(source_offset) AS last
FROM pos.inventory_change_rows GROUP BY source_partition ORDER BY source_partition`;
