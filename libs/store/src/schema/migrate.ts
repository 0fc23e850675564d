import { DATASETS, storageName, type Dataset } from '@tillstream/inventory';

import type { Store } from '../port.ts';
import { createPublicView, createView, DATABASE } from './ddl.ts';
import { findTables } from './found-tables.ts';
import { onCluster, PLAIN_LAYOUT, type Layout } from './layout.ts';
import { planTable } from './plan.ts';
import { withPreferences } from './preferences.ts';
import { createVersionTable, readVersion, SCHEMA_VERSION, writeVersion } from './version.ts';

export type MigrateOptions = {
  readonly datasets?: readonly Dataset[];
  readonly layout?: Layout;
};

/**
 * Makes the store what the declaration says. Every statement can be repeated, and everything that could be refused is
 * looked at before the first of them, so an interrupted migration is finished by the next.
 */
export async function migrate(store: Pick<Store, 'query' | 'command'>, options: MigrateOptions = {}): Promise<void> {
  const { datasets = DATASETS } = options;
  const layout = await withPreferences(store, options.layout ?? PLAIN_LAYOUT);
  await store.command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}${onCluster(layout)}`);
  const version = await readVersion(store);
  const found = await findTables(store);

  const tables = datasets.filter((dataset) => dataset.kind === 'table');
  const views = datasets.filter((dataset) => dataset.kind === 'view');
  const statements = [
    createVersionTable(layout),
    ...tables.flatMap((table) => planTable(table, found.get(storageName(table)), layout)),
    // Views are replaced each time: that costs a millisecond, and they hold nothing.
    ...tables.map((table) => createPublicView(table, layout)),
    ...views.map((view) => createView(view, layout)),
  ];
  for (const statement of statements) await store.command(statement);
  if (version < SCHEMA_VERSION) await writeVersion(store);
}
