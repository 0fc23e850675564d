import { storageName, type Column, type Table } from '@tillstream/inventory';

import { StoreError } from '../store-error.ts';
import { columnDefinition, createTable, qualified } from './ddl.ts';
import { onCluster, PLAIN_LAYOUT, type Layout } from './layout.ts';
import { assignment, identifier, literal } from './sql-text.ts';

/** A table as ClickHouse describes it. */
export type FoundTable = {
  readonly name: string;
  readonly comment: string;
  /** As in `SHOW CREATE TABLE`, from the engine's name on. */
  readonly engine: string;
  readonly sortingKey: string;
  readonly columns: readonly FoundColumn[];
  /** By name, as written after `INDEX name`. */
  readonly indexes: Readonly<Record<string, string>>;
};

export type FoundColumn = { readonly name: string; readonly type: string; readonly comment: string };

/**
 * Statements that make the found table what is declared, none when it is that already. What would need every row to be
 * rewritten is refused: rows are cheap to compute again, a half-converted store is not. Columns that are found and not
 * declared stay; inserts name their columns.
 */
export function planTable(table: Table, found: FoundTable | undefined, layout: Layout = PLAIN_LAYOUT): string[] {
  if (found === undefined) return [createTable(table, layout)];
  refuseOtherIdentity(table, found);
  const alter = `ALTER TABLE ${qualified(storageName(table))}${onCluster(layout)}`;
  const changes = [
    ...planColumns(table.columns, found.columns, found.name),
    ...planIndexes(table, found),
    ...planSettings(table, found, layout),
  ];
  if (found.comment !== table.comment) changes.push(`MODIFY COMMENT ${literal(table.comment)}`);
  return changes.map((change) => `${alter} ${change}`);
}

function refuseOtherIdentity(table: Table, found: FoundTable): void {
  const declaredKey = table.storage.key.join(', ');
  const foundKey = found.sortingKey.replaceAll(/[`()]/g, '');
  if (foundKey !== declaredKey) refuse(found.name, `is sorted by ${foundKey}, this program's by ${declaredKey}`);
  const version = versionColumn(found.engine);
  if (version !== table.storage.version) {
    refuse(found.name, `keeps by ${version ?? 'arrival'}, this program's by ${table.storage.version ?? 'arrival'}`);
  }
}

/** The last argument of the engine; replicated ones have others before it. */
function versionColumn(engine: string): string | undefined {
  const parts = /^\w*ReplacingMergeTree(?:\((?<arguments>[^)]*)\))?/.exec(engine);
  const last = parts?.groups?.['arguments']?.split(',').at(-1)?.trim() ?? '';
  return last === '' || last.startsWith("'") ? undefined : last.replaceAll('`', '');
}

function planColumns(declared: readonly Column[], found: readonly FoundColumn[], table: string): string[] {
  return declared.flatMap((column, index) => {
    const existing = found.find(({ name }) => name === column.name);
    if (existing === undefined) {
      const before = declared[index - 1];
      const position = before === undefined ? 'FIRST' : `AFTER ${identifier(before.name)}`;
      return [`ADD COLUMN IF NOT EXISTS ${columnDefinition(column)} ${position}`];
    }
    if (existing.type !== column.type) {
      refuse(table, `has ${column.name} as ${existing.type}, this program's as ${column.type}`);
    }
    if (existing.comment === column.comment) return [];
    return [`COMMENT COLUMN ${identifier(column.name)} ${literal(column.comment)}`];
  });
}

/** A new index also covers the rows that are there already; ClickHouse builds it in the background. */
function planIndexes(table: Table, found: FoundTable): string[] {
  return Object.entries(table.storage.indexes ?? {}).flatMap(([name, definition]) => {
    const existing = found.indexes[name];
    if (existing === definition) return [];
    const drop = existing === undefined ? [] : [`DROP INDEX ${identifier(name)}`];
    return [...drop, `ADD INDEX ${identifier(name)} ${definition}`, `MATERIALIZE INDEX ${identifier(name)}`];
  });
}

/** ClickHouse writes settings as we do, after the sorting key. Those that the layout does not name stay as they are. */
function planSettings(table: Table, found: FoundTable, layout: Layout): string[] {
  const [, settings = ''] = found.engine.split(' SETTINGS ');
  const existing = new Set(settings.split(', '));
  return Object.entries(layout.settings(table))
    .map(([name, value]) => assignment(name, value))
    .filter((wanted) => !existing.has(wanted))
    .map((wanted) => `MODIFY SETTING ${wanted}`);
}

function refuse(table: string, difference: string): never {
  throw new StoreError(
    'other_version',
    `cannot bring the store up to date: ${table} ${difference}; use the version that wrote it, or move the store away and replay`,
  );
}
