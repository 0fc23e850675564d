import type { FreshnessHistogram } from '@tillstream/runtime';
import type { Store } from '@tillstream/store';

const COUNTED = [
  'raw_inventory_change',
  'raw_inventory_snapshot',
  'inventory_change',
  'inventory_snapshot',
  'latest_inventory_snapshot',
  'quarantine',
  'inventory_current',
  'uncounted_item',
] as const;

const LOWEST = `SELECT current.store_id AS store, store.name AS store_name, current.item_id AS item, item.name AS item_name,
  current.current_inventory AS stock, item.safety_stock_quantity AS safety_stock
FROM pos.inventory_current AS current
JOIN pos.item AS item ON item.item_id = current.item_id
JOIN pos.store AS store ON store.store_id = current.store_id
ORDER BY current.current_inventory - item.safety_stock_quantity, current.store_id, current.item_id
LIMIT 10`;

const BY_RULE = `SELECT rule, count() AS records
FROM pos.quarantine ARRAY JOIN rules AS rule WHERE isNull(replayed_at) GROUP BY rule ORDER BY records DESC, rule`;

export type RunFigures = {
  readonly records: number;
  readonly seconds: number;
  readonly duplicateLines: number;
  readonly lateLines: number;
  /** Stores with a clock ahead of the others, and how many lines it concerns. */
  readonly clocksAhead: readonly { readonly storeId: number; readonly ahead: number }[];
  readonly freshness: FreshnessHistogram;
};

/** What a person wants to know after a run, on standard output. */
export async function printSummary(store: Store, run: RunFigures): Promise<void> {
  heading('rows');
  for (const dataset of COUNTED) line(dataset, integer(await count(store, dataset)));
  heading('quarantine, by reason');
  const byRule = await store.query<{ rule: string; records: string }>(BY_RULE);
  for (const { rule, records } of byRule) line(rule, integer(Number(records)));
  if (byRule.length === 0) line('(empty)', '');
  heading('this run');
  line('duplicate lines dropped', integer(run.duplicateLines));
  line('late lines applied', integer(run.lateLines));
  for (const { storeId, ahead } of run.clocksAhead) {
    line(`clock of store ${storeId} ahead`, `${integer(ahead)} lines`);
  }
  heading('lowest against safety stock');
  process.stdout.write(await store.queryText(LOWEST, 'PrettyCompactMonoBlock'));
  heading('speed');
  line('events/s', `${integer(run.records / run.seconds)} (${integer(run.records)} in ${run.seconds.toFixed(1)} s)`);
  const { freshness } = run;
  if (freshness.total > 0) {
    line('freshness', `p50 ${seconds(freshness.quantile(0.5))}, p99 ${seconds(freshness.quantile(0.99))}`);
  }
}

async function count(store: Store, dataset: string): Promise<number> {
  const rows = await store.query<{ rows: string }>(`SELECT count() AS rows FROM pos.${dataset}`);
  return Number(rows[0]!.rows);
}

function heading(text: string): void {
  console.log(`\n${text}`);
}

function line(name: string, value: string): void {
  console.log(`  ${name.padEnd(28)} ${value.padStart(12)}`);
}

function integer(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function seconds(value: number): string {
  return Number.isFinite(value) ? `${value} s` : 'above 180 s';
}
