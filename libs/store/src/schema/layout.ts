import type { Table } from '@tillstream/inventory';

import { identifier } from './sql-text.ts';

/** Settings of MergeTree tables that depend on where they live, not on what they hold. */
export type TableSettings = Readonly<Record<string, string | number>>;

/** Where and how the tables live. */
export type Layout = {
  /** Tables are replicated over the servers of this cluster, and statements are for all of them. */
  readonly cluster?: string;
  settings(table: Table): TableSettings;
};

/** One server, with its defaults. */
export const PLAIN_LAYOUT: Layout = { settings: () => ({}) };

/** What follows the name in a statement that defines something. */
export function onCluster({ cluster }: Layout): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${identifier(cluster)}`;
}

/** The replicated engines take path and replica from the server's own defaults, which ON CLUSTER needs. */
export function engineName(engine: string, { cluster }: Layout): string {
  return cluster === undefined ? engine : `Replicated${engine}`;
}
