import type { Table } from '@tillstream/inventory';
import { describe, expect, it } from 'vitest';

import { planTable, type FoundTable } from './plan.ts';

const DECLARED: Table = {
  kind: 'table',
  name: 'sample',
  layer: 'silver',
  comment: 'A sample',
  columns: [
    { name: 'id', type: 'Int32', comment: 'Identity' },
    { name: 'name', type: 'String', comment: 'Name' },
    { name: 'version', type: 'UInt64', comment: 'Version' },
  ],
  storage: {
    key: ['id', 'name'],
    version: 'version',
    indexes: { by_name: 'name TYPE bloom_filter(0.01) GRANULARITY 1' },
  },
  inputs: [],
};

const FOUND: FoundTable = {
  name: 'sample_rows',
  comment: 'A sample',
  engine: 'ReplacingMergeTree(version) ORDER BY (id, name) SETTINGS index_granularity = 8192',
  sortingKey: 'id, name',
  columns: DECLARED.columns,
  indexes: { by_name: 'name TYPE bloom_filter(0.01) GRANULARITY 1' },
};

describe('planTable', () => {
  it('creates what is missing and leaves alone what is right', () => {
    expect(planTable(DECLARED, undefined)).toEqual([expect.stringMatching(/^CREATE TABLE IF NOT EXISTS/)]);
    expect(planTable(DECLARED, FOUND)).toEqual([]);
  });

  it('understands the engines of replicated tables', () => {
    const engine =
      "SharedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version) ORDER BY (id, name)";
    expect(planTable(DECLARED, { ...FOUND, engine })).toEqual([]);
  });

  it('adds columns in their place, and tolerates those that are no longer declared', () => {
    const [id, , version] = FOUND.columns;
    const columns = [id!, version!, { name: 'former', type: 'String', comment: '' }];
    expect(planTable(DECLARED, { ...FOUND, columns })).toEqual([
      "ALTER TABLE pos.`sample_rows` ADD COLUMN IF NOT EXISTS `name` String COMMENT 'Name' AFTER `id`",
    ]);
  });

  it('changes tables of a cluster on all of its servers', () => {
    const layout = { cluster: 'shop', settings: () => ({}) };
    expect(planTable(DECLARED, { ...FOUND, comment: 'Old' }, layout)).toEqual([
      "ALTER TABLE pos.`sample_rows` ON CLUSTER `shop` MODIFY COMMENT 'A sample'",
    ]);
  });

  it('brings settings of the layout up to date, and leaves others alone', () => {
    const layout = { settings: () => ({ index_granularity: 8192, old_parts_lifetime: 45, auto_statistics_types: '' }) };
    const engine = `${FOUND.engine}, old_parts_lifetime = 30, auto_statistics_types = '', ttl_only_drop_parts = 1`;
    expect(planTable(DECLARED, { ...FOUND, engine }, layout)).toEqual([
      'ALTER TABLE pos.`sample_rows` MODIFY SETTING old_parts_lifetime = 45',
    ]);
  });

  it('brings comments and indexes up to date', () => {
    const columns = FOUND.columns.map((column) => ({
      ...column,
      comment: column.name === 'id' ? 'Old' : column.comment,
    }));
    const indexes = { by_name: 'name TYPE bloom_filter(0.1) GRANULARITY 1' };
    expect(planTable(DECLARED, { ...FOUND, comment: 'Old', columns, indexes })).toEqual([
      "ALTER TABLE pos.`sample_rows` COMMENT COLUMN `id` 'Identity'",
      'ALTER TABLE pos.`sample_rows` DROP INDEX `by_name`',
      'ALTER TABLE pos.`sample_rows` ADD INDEX `by_name` name TYPE bloom_filter(0.01) GRANULARITY 1',
      'ALTER TABLE pos.`sample_rows` MATERIALIZE INDEX `by_name`',
      "ALTER TABLE pos.`sample_rows` MODIFY COMMENT 'A sample'",
    ]);
  });

  it.each([
    ['another type', { columns: FOUND.columns.map((column) => ({ ...column, type: 'String' })) }, /has id as String/],
    ['another key', { sortingKey: 'name, id' }, /is sorted by name, id, this program's by id, name/],
    ['no version', { engine: 'ReplacingMergeTree ORDER BY (id, name)' }, /keeps by arrival, this program's by version/],
    ['another version', { engine: 'ReplacingMergeTree(id) ORDER BY id' }, /keeps by id/],
  ])('refuses %s', (_, difference, message) => {
    const plan = () => planTable(DECLARED, { ...FOUND, ...difference });
    expect(plan).toThrow(expect.objectContaining({ code: 'other_version', message: expect.stringMatching(message) }));
  });
});
