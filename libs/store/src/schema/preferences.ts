import type { Table } from '@tillstream/inventory';

import type { Store } from '../port.ts';
import { StoreError } from '../store-error.ts';
import type { Layout, TableSettings } from './layout.ts';

/**
 * Bronze and silver are written by every record: parts of one size are merged when about ten of them have come, not five,
 * so that a row is rewritten less often while its table grows.
 */
const MERGE_BASE = 10;

/** What makes a table cheaper, and right with or without. */
function preferred({ layer }: Table): TableSettings {
  return {
    // By default each merge also estimates the distinct values of every column, for joins that nobody writes here.
    auto_statistics_types: '',
    ...((layer === 'bronze' || layer === 'silver') && { merge_selector_base: MERGE_BASE }),
  };
}

const CHANGEABLE = 'SELECT name FROM system.merge_tree_settings WHERE readonly = 0';

/** The layout, and of what is preferred, what this server knows and this user may set. */
export async function withPreferences(store: Pick<Store, 'query'>, layout: Layout): Promise<Layout> {
  const changeable = await changeableSettings(store);
  return {
    ...layout,
    settings: (table) => {
      const wanted = Object.entries(preferred(table)).filter(([name]) => changeable.has(name));
      return { ...Object.fromEntries(wanted), ...layout.settings(table) };
    },
  };
}

async function changeableSettings(store: Pick<Store, 'query'>): Promise<ReadonlySet<string>> {
  try {
    const rows = await store.query<{ name: string }>(CHANGEABLE);
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    // Users see this table by a grant of its own: see docs/clickhouse.md.
    if (error instanceof StoreError && error.code === 'access_denied') return new Set();
    throw error;
  }
}
