import { DATASETS, INVENTORY_CURRENT, LATEST_INVENTORY_SNAPSHOT, STORE, type Table } from '@tillstream/inventory';
import { describe, expect, it } from 'vitest';

import { migrate } from './migrate.ts';
import { createPublicView, createTable, createView } from './ddl.ts';

const TRICKY: Table = {
  kind: 'table',
  name: 'odd`name',
  layer: 'bronze',
  comment: "it's a \\ test",
  columns: [{ name: 'offset', type: 'UInt64', comment: "the record's \\' offset" }],
  storage: { key: ['offset'], indexes: { by_offset: 'offset TYPE minmax GRANULARITY 1' } },
  inputs: [],
};

describe('createTable', () => {
  it('keeps the greatest version of a key', () => {
    expect(createTable(INVENTORY_CURRENT)).toMatchInlineSnapshot(`
      "CREATE TABLE IF NOT EXISTS pos.\`inventory_current_rows\` (
        \`store_id\` Int32 COMMENT 'Store',
        \`item_id\` Int32 COMMENT 'Item',
        \`snapshot_quantity\` Int64 COMMENT 'Quantity of the latest count',
        \`change_quantity\` Int64 COMMENT 'Sum of the changes since that count',
        \`current_inventory\` Int64 COMMENT 'snapshot_quantity + change_quantity',
        \`date_time\` DateTime64(3, 'UTC') COMMENT 'The later of the count and its last change',
        \`version\` UInt64 COMMENT 'era << 48 | (offset of the last block of the key + 1)'
      )
      ENGINE = ReplacingMergeTree(\`version\`)
      ORDER BY (\`store_id\`, \`item_id\`)
      COMMENT 'What is on the shelf now: the latest count plus the changes since.'"
    `);
  });

  it('escapes names and comments, and writes indexes and settings', () => {
    expect(createTable(TRICKY, { settings: () => ({ old_parts_lifetime: 90, auto_statistics_types: '' }) }))
      .toMatchInlineSnapshot(`
      "CREATE TABLE IF NOT EXISTS pos.\`odd\\\`name_rows\` (
        \`offset\` UInt64 COMMENT 'the record\\'s \\\\\\' offset',
        INDEX \`by_offset\` offset TYPE minmax GRANULARITY 1
      )
      ENGINE = ReplacingMergeTree
      ORDER BY (\`offset\`)
      SETTINGS old_parts_lifetime = 90, auto_statistics_types = ''
      COMMENT 'it\\'s a \\\\ test'"
    `);
  });
});

describe('on a cluster', () => {
  const layout = { cluster: 'shop`s', settings: () => ({}) };

  it('tables are replicated, and everything is defined on all servers', () => {
    expect(createTable(INVENTORY_CURRENT, layout)).toMatch(
      /^CREATE TABLE IF NOT EXISTS pos\.`inventory_current_rows` ON CLUSTER `shop\\`s` \(\n[^]*\nENGINE = ReplicatedReplacingMergeTree\(`version`\)\nORDER BY/,
    );
    expect(createPublicView(STORE, layout)).toMatch(/^CREATE OR REPLACE VIEW pos\.`store` ON CLUSTER `shop\\`s` \(\n/);
    expect(createView(LATEST_INVENTORY_SNAPSHOT, layout)).toMatch(
      /^CREATE OR REPLACE VIEW pos\.`latest_inventory_snapshot` ON CLUSTER `shop\\`s`\nAS WITH/,
    );
  });

  it('every statement of a migration names it', async () => {
    const statements: string[] = [];
    const store = {
      query: async () => [],
      command: async (sql: string) => void statements.push(sql),
    };
    await migrate(store, { layout: { cluster: 'shop', settings: () => ({}) } });
    expect(statements.length).toBeGreaterThan(20);
    const defining = statements.filter((sql) => !sql.startsWith('INSERT'));
    expect(defining.filter((sql) => !/^[^(]+ ON CLUSTER `shop`/.test(sql))).toEqual([]);
    expect(defining.filter((sql) => sql.startsWith('CREATE TABLE') && !sql.includes('ENGINE = Replicated'))).toEqual(
      [],
    );
  });
});

describe('public names', () => {
  it('show the rows that hold, without internal columns', () => {
    const view = createPublicView(STORE);
    expect(view).toContain('FINAL\nWHERE `generation` = (SELECT max(`generation`) FROM pos.`store_rows`)');
    expect(view).toContain('AS SELECT `store_id`, `name`\n');
  });

  it('compute views over qualified inputs', () => {
    expect(createView(LATEST_INVENTORY_SNAPSHOT)).toMatch(
      /^CREATE OR REPLACE VIEW pos\.`latest_inventory_snapshot`\nAS WITH `inventory_snapshot` AS \(SELECT \* FROM pos\.`inventory_snapshot`\)\nSELECT /,
    );
  });

  it('are declared once each', () => {
    const names = DATASETS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
