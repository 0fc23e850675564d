import { storageName, type Column, type Table, type View } from '@tillstream/inventory';

import { engineName, onCluster, PLAIN_LAYOUT, type Layout } from './layout.ts';
import { assignment, identifier, identifiers, literal } from './sql-text.ts';

/** The database of the pipeline. Statements name it everywhere: what a session calls its current one does not matter. */
export const DATABASE = 'pos';

export function qualified(name: string): string {
  return `${DATABASE}.${identifier(name)}`;
}

export function columnDefinition(column: Column): string {
  return `${identifier(column.name)} ${column.type} COMMENT ${literal(column.comment)}`;
}

/** The table behind a dataset: of rows with one key, the greatest version stays. */
export function createTable(table: Table, layout: Layout = PLAIN_LAYOUT): string {
  const { key, version, indexes = {} } = table.storage;
  const lines = [
    ...table.columns.map(columnDefinition),
    ...Object.entries(indexes).map(([name, definition]) => `INDEX ${identifier(name)} ${definition}`),
  ];
  const assignments = Object.entries(layout.settings(table)).map(([name, value]) => assignment(name, value));
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified(storageName(table))}${onCluster(layout)} (`,
    lines.map((line) => `  ${line}`).join(',\n'),
    ')',
    `ENGINE = ${engineName('ReplacingMergeTree', layout)}${version === undefined ? '' : `(${identifier(version)})`}`,
    `ORDER BY (${identifiers(key)})`,
    ...(assignments.length === 0 ? [] : [`SETTINGS ${assignments.join(', ')}`]),
    `COMMENT ${literal(table.comment)}`,
  ].join('\n');
}

/** The name that users select from. A plain SELECT on it is right, whatever has been merged so far. */
export function createPublicView(table: Table, layout: Layout = PLAIN_LAYOUT): string {
  const columns = table.columns.filter((column) => column.internal !== true);
  const rows = qualified(storageName(table));
  const { generation } = table.storage;
  const onlyLatest =
    generation === undefined
      ? []
      : [`WHERE ${identifier(generation)} = (SELECT max(${identifier(generation)}) FROM ${rows})`];
  return [
    `CREATE OR REPLACE VIEW ${qualified(table.name)}${onCluster(layout)} (`,
    columns.map((column) => `  ${columnDefinition(column)}`).join(',\n'),
    ')',
    `AS SELECT ${identifiers(columns.map((column) => column.name))}`,
    `FROM ${rows} FINAL`,
    ...onlyLatest,
    `COMMENT ${literal(table.comment)}`,
  ].join('\n');
}

/**
 * A dataset that ClickHouse computes. Its SELECT names datasets without a database; they become common table expressions,
 * so that it means the same in every session.
 */
export function createView(view: View, layout: Layout = PLAIN_LAYOUT): string {
  return `CREATE OR REPLACE VIEW ${qualified(view.name)}${onCluster(layout)}
AS WITH ${view.inputs.map((input) => `${identifier(input)} AS (SELECT * FROM ${qualified(input)})`).join(', ')}
${view.select}
COMMENT ${literal(view.comment)}`;
}
