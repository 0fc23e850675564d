import { INVENTORY_CURRENT, storageName, type Table } from '@tillstream/inventory';

import { createTable, qualified } from '../schema/ddl.ts';
import { onCluster, type Layout } from '../schema/layout.ts';
import { identifiers } from '../schema/sql-text.ts';

/** Tables of computed gold begin so; what one refresh left behind the next one removes. */
const PREFIX = 'inventory_current_refresh_';

export type ComputedTable = { readonly name: string; readonly cluster?: string | undefined };

/** Nobody else reads or writes it: it needs no settings of its own. */
const layoutOf = (cluster: string | undefined): Layout => ({
  ...(cluster === undefined ? {} : { cluster }),
  settings: () => ({}),
});

export const computedName = (era: number, attempt: string): string => `${PREFIX}${era}_${attempt}`;

const declarationOf = (name: string): Table => ({
  ...INVENTORY_CURRENT,
  name,
  comment: 'Gold computed anew, to be compared with what is there. Goes with the end of the refresh.',
});

export const createComputed = ({ name, cluster }: ComputedTable): string =>
  createTable(declarationOf(name), layoutOf(cluster));

export const dropComputed = ({ name, cluster }: ComputedTable): string =>
  `DROP TABLE IF EXISTS ${qualified(storageName({ name }))}${onCluster(layoutOf(cluster))}`;

export const LEFT_BEHIND = `SELECT name FROM system.tables
WHERE database = 'pos' AND startsWith(name, '${PREFIX}') AND endsWith(name, '_rows')`;

/**
 * Two threads, and what is grouped or joined goes to disk before memory gets tight: a refresh runs beside the load.
 * Statements are for a range of stores, so that what they hold in memory is bounded by a store's keys.
 */
const SETTINGS = `SETTINGS max_threads = 2, max_bytes_before_external_group_by = 700000000,
  max_bytes_before_external_sort = 700000000`;

const OF_STORES = 'store_id BETWEEN {firstStore:Int32} AND {lastStore:Int32}';

/** Rows of changes and counts by store: the work of a refresh. */
export const WORK_BY_STORE = `SELECT store_id, sum(rows) AS rows
FROM (
  SELECT store_id, count() AS rows FROM pos.inventory_change_rows GROUP BY store_id
  UNION ALL
  SELECT store_id, count() AS rows FROM pos.inventory_snapshot_rows GROUP BY store_id
)
GROUP BY store_id ORDER BY store_id ${SETTINGS}`;

/** The version of a row that stands for all blocks below the partition's end. Parameters: era, blockEnds. */
const versionOf = (partition: string): string =>
  `bitOr(bitShiftLeft(toUInt64({era:UInt16}), 48), arrayElement({blockEnds:Array(UInt64)}, ${partition} + 1))`;

const LATEST_COUNTS = `SELECT store_id, item_id, any(block_partition) AS carrier,
    max((date_time, source_partition, source_offset, source_line, quantity)) AS latest
  FROM pos.inventory_snapshot_rows WHERE ${OF_STORES} GROUP BY store_id, item_id`;

/**
 * Current inventory by the batch formula, of every counted item of some stores. Changes are read with FINAL, because a
 * crash between storing and committing stores rows again. Parameters: era, blockEnds, firstStore, lastStore.
 */
export const computeSql = ({ name }: ComputedTable): string => `INSERT INTO ${qualified(storageName({ name }))}
  (${identifiers(INVENTORY_CURRENT.columns.map((column) => column.name))})
WITH counts AS (${LATEST_COUNTS})
SELECT store_id, item_id, sum(counted) AS snapshot_quantity, sum(change) AS change_quantity,
  snapshot_quantity + change_quantity AS current_inventory, max(moment) AS date_time, ${versionOf('any(carrier)')} AS version
FROM (
  SELECT store_id, item_id, carrier, toInt64(latest.5) AS counted, toInt64(0) AS change, latest.1 AS moment FROM counts
  UNION ALL
  SELECT counts.store_id, counts.item_id, counts.carrier, toInt64(0), toInt64(changed.quantity), changed.date_time
  FROM (
    SELECT store_id, item_id, date_time, quantity FROM pos.inventory_change_rows FINAL WHERE ${OF_STORES} AND off_shelf = 0
  ) AS changed
  INNER JOIN counts ON counts.store_id = changed.store_id AND counts.item_id = changed.item_id
  WHERE changed.date_time >= counts.latest.1
)
GROUP BY store_id, item_id
${SETTINGS}`;

const VALUES = 'snapshot_quantity, change_quantity, current_inventory, date_time';

/** Each key of some stores as it is and as it was computed, and what became of it. */
const comparedSql = ({ name }: ComputedTable): string => {
  const rows = (table: string, side: string): string => `SELECT store_id, item_id, '${side}' AS side, version, ${VALUES}
    FROM ${qualified(table)} FINAL WHERE ${OF_STORES}`;
  return `SELECT store_id, item_id,
    countIf(side = 'live') AS lives, countIf(side = 'computed') AS computeds,
    anyIf(version, side = 'live') AS live_version, anyIf(version, side = 'computed') AS computed_version,
    anyIf((${VALUES}), side = 'live') AS live, anyIf((${VALUES}), side = 'computed') AS computed,
    multiIf(
      lives = 0, 'missing',
      computeds = 0, if(live_version < bitShiftLeft(toUInt64({era:UInt16}), 48), 'removed', 'newer'),
      live_version > computed_version, 'newer',
      live = computed, 'equal',
      'changed') AS verdict
  FROM (${rows(storageName(INVENTORY_CURRENT), 'live')} UNION ALL ${rows(storageName({ name }), 'computed')})
  GROUP BY store_id, item_id`;
};

/** One row of counts. Parameters: era, firstStore, lastStore. */
export const compareSql = (table: ComputedTable): string => `SELECT
  countIf(verdict = 'equal') AS equalRows, countIf(verdict = 'changed') AS changedRows,
  countIf(verdict = 'missing') AS missingRows, countIf(verdict = 'removed') AS removedRows,
  countIf(verdict = 'newer') AS newerRows
FROM (${comparedSql(table)})
${SETTINGS}`;

/** The first keys that are not as computed, in words. Parameters: era, firstStore, lastStore, limit. */
export const examplesSql = (table: ComputedTable): string => {
  const inWords = (side: string): string =>
    `format('{} + {} = {} at {}', toString(${side}.1), toString(${side}.2), toString(${side}.3), toString(${side}.4))`;
  return `SELECT format('store {} item {}: {}, computed {}', toString(store_id), toString(item_id),
    if(lives = 0, 'no row', ${inWords('live')}), if(computeds = 0, 'no row', ${inWords('computed')})) AS example
FROM (${comparedSql(table)})
WHERE verdict IN ('changed', 'missing', 'removed')
ORDER BY store_id, item_id
LIMIT {limit:UInt32}
${SETTINGS}`;
};

/** Keys whose row is another one or lacks, as pairs of Int32. Parameters: era, firstStore, lastStore. */
export const differingKeysSql = (table: ComputedTable): string => `SELECT store_id, item_id
FROM (${comparedSql(table)})
WHERE verdict IN ('changed', 'missing')
${SETTINGS}`;

/** What is there already stays: where a version is higher it wins. Parameters: firstStore, lastStore. */
export const insertSql = ({ name }: ComputedTable): string => {
  const columns = identifiers(INVENTORY_CURRENT.columns.map((column) => column.name));
  return `INSERT INTO ${qualified(storageName(INVENTORY_CURRENT))} (${columns})
SELECT ${columns} FROM ${qualified(storageName({ name }))} FINAL WHERE ${OF_STORES}
SETTINGS insert_deduplicate = 0, max_threads = 2`;
};

export const COUNT_OF_LOWER_ERAS = `SELECT count() AS rows FROM ${qualified(storageName(INVENTORY_CURRENT))}
WHERE version < bitShiftLeft(toUInt64({era:UInt16}), 48)`;

/** Outranked, or of a key that silver does not have. Settles when it is done, on all replicas. */
export const deleteLowerErasSql = (era: number): string => `ALTER TABLE ${qualified(storageName(INVENTORY_CURRENT))}
DELETE WHERE version < ${BigInt(era) << 48n} SETTINGS mutations_sync = 2`;
