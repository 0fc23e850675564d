import { DATASETS, INVENTORY_CHANGE, INVENTORY_CURRENT, STORE, storageName, type Table } from '@tillstream/inventory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { encodeRows } from '../encoding/row-codec.ts';
import type { Store } from '../port.ts';
import { StoreError } from '../store-error.ts';
import { temporaryStore } from '../testing/temporary-store.ts';
import { findTables } from './found-tables.ts';
import { migrate } from './migrate.ts';

let opened: Awaited<ReturnType<typeof temporaryStore>>;
let store: Store;

beforeAll(async () => {
  opened = await temporaryStore();
  store = opened.store;
  await store.migrate();
});

afterAll(() => opened[Symbol.asyncDispose]());

describe('a migrated store', () => {
  it('has every table and every name that users know, with the comments', async () => {
    const names = await store.query<{ name: string }>("SELECT name FROM system.tables WHERE database = 'pos'");
    const tables = DATASETS.filter((dataset) => dataset.kind === 'table');
    const expected = [...DATASETS.map(({ name }) => name), ...tables.map(storageName), 'schema_version'];
    expect(new Set(names.map(({ name }) => name))).toEqual(new Set(expected));

    const described = await store.query<{ name: string; comment: string }>('DESCRIBE pos.raw_inventory_change');
    const declared = tables.find(({ name }) => name === 'raw_inventory_change')!.columns;
    expect(described).toEqual(declared.map(({ name, comment }) => expect.objectContaining({ name, comment })));
  });

  it('is found exactly as it is declared, so that migrating again changes nothing', async () => {
    const before = await findTables(store);
    await store.migrate();
    expect(await findTables(store)).toEqual(before);
    expect(before.get('inventory_change_rows')?.indexes).toEqual(INVENTORY_CHANGE.storage.indexes);
  });

  it('has the settings that are preferred, where they are known and may be set', async () => {
    const engineOf = async (table: Table) => (await findTables(store)).get(storageName(table))?.engine;
    expect(await engineOf(INVENTORY_CHANGE)).toMatch(/auto_statistics_types = '', merge_selector_base = 10/);
    expect(await engineOf(INVENTORY_CURRENT)).not.toContain('merge_selector_base');

    const statements: string[] = [];
    const forbidding = {
      query: async <Row>(sql: string): Promise<Row[]> => {
        if (sql.includes('merge_tree_settings')) throw new StoreError('access_denied', 'not yours');
        return [];
      },
      command: async (sql: string): Promise<void> => void statements.push(sql),
    };
    await migrate(forbidding);
    expect(statements.filter((sql) => sql.includes('ENGINE'))).not.toHaveLength(0);
    expect(statements.join('\n')).not.toMatch(/merge_selector_base|auto_statistics/);
  });

  it('shows of a key the greatest version', async () => {
    const row = { store_id: 1, item_id: 2, snapshot_quantity: 9, change_quantity: -1, date_time: 0 };
    const blocks = [5, 7, 6].map((version) => [{ ...row, current_inventory: version, version }]);
    for (const rows of blocks) await store.insert(encodeRows(INVENTORY_CURRENT, rows));
    const found = await store.query('SELECT current_inventory, version FROM inventory_current');
    expect(found).toEqual([{ current_inventory: '7', version: '7' }]);
  });

  it('shows of reference data the last load', async () => {
    const load = (generation: number, ids: readonly number[]) =>
      store.insert(
        encodeRows(
          STORE,
          ids.map((id) => ({ store_id: id, name: `store ${id}`, generation })),
        ),
      );
    await load(1, [1, 2, 3]);
    await load(2, [2, 4]);
    await load(2, [2, 4]);
    expect(await store.query('SELECT * FROM pos.store ORDER BY store_id')).toEqual([
      { store_id: 2, name: 'store 2' },
      { store_id: 4, name: 'store 4' },
    ]);
  });
});

describe('upgrades', () => {
  const sample = (columns: Table['columns']): Table => ({
    kind: 'table',
    name: 'sample',
    layer: 'silver',
    comment: "a sample's \\ comment",
    columns,
    storage: { key: ['id'] },
    inputs: [],
  });
  const id = { name: 'id', type: 'Int32', comment: 'it\'s `the` \\ "identity"' } as const;
  const name = { name: 'name', type: 'String', comment: 'A name' } as const;

  it('add a column and keep the rows', async () => {
    await migrate(store, { datasets: [sample([id])] });
    await store.insert(encodeRows(sample([id]), [{ id: 1 }]));
    const upgraded = {
      ...sample([id, name]),
      storage: { key: ['id'], indexes: { by_name: 'name TYPE bloom_filter(0.01) GRANULARITY 1' } },
    };
    await migrate(store, { datasets: [upgraded] });
    await store.insert(encodeRows(upgraded, [{ id: 2, name: 'two' }]));
    expect(await store.query('SELECT * FROM pos.sample ORDER BY id')).toEqual([
      { id: 1, name: '' },
      { id: 2, name: 'two' },
    ]);
    const found = await findTables(store);
    expect(found.get('sample_rows')).toMatchObject({
      comment: upgraded.comment,
      columns: [id, name],
      ...(upgraded.storage.indexes && { indexes: upgraded.storage.indexes }),
    });
  });

  it('refuse another type before anything is changed', async () => {
    const changed = sample([{ ...id, type: 'UInt32' }, name]);
    const other: Table = { ...sample([id]), name: 'never_created' };
    await expect(migrate(store, { datasets: [other, changed] })).rejects.toMatchObject({ code: 'other_version' });
    expect((await findTables(store)).has('never_created_rows')).toBe(false);
  });

  it('refuse a store that a newer program wrote', async () => {
    await store.command('INSERT INTO pos.schema_version (version) SELECT 99');
    await expect(store.migrate()).rejects.toMatchObject({
      code: 'other_version',
      message: 'the store has schema version 99, this program knows versions up to 1; use the newer program',
    });
  });
});
