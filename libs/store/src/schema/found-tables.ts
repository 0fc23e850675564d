import type { Store } from '../port.ts';
import type { FoundColumn, FoundTable } from './plan.ts';

const TABLES = `SELECT name, comment, engine_full, sorting_key
FROM system.tables WHERE database = 'pos' AND engine LIKE '%ReplacingMergeTree'`;

const COLUMNS = `SELECT table, name, type, comment
FROM system.columns WHERE database = 'pos' ORDER BY table, position`;

const INDEXES = `SELECT table, name, concat(expr, ' TYPE ', type_full, ' GRANULARITY ', toString(granularity)) AS definition
FROM system.data_skipping_indices WHERE database = 'pos'`;

type TableRow = { name: string; comment: string; engine_full: string; sorting_key: string };
type ColumnRow = FoundColumn & { table: string };
type IndexRow = { table: string; name: string; definition: string };

/** The tables of the store by name, as they are. */
export async function findTables(store: Pick<Store, 'query'>): Promise<ReadonlyMap<string, FoundTable>> {
  const [tables, columns, indexes] = [
    await store.query<TableRow>(TABLES),
    await store.query<ColumnRow>(COLUMNS),
    await store.query<IndexRow>(INDEXES),
  ];
  return new Map(
    tables.map(({ name, comment, engine_full: engine, sorting_key: sortingKey }) => [
      name,
      {
        name,
        comment,
        engine,
        sortingKey,
        columns: columns.filter(({ table }) => table === name),
        indexes: Object.fromEntries(
          indexes.filter(({ table }) => table === name).map((index) => [index.name, index.definition]),
        ),
      },
    ]),
  );
}
