import { readFile } from 'node:fs/promises';

import { DATASETS, storageName } from '@tillstream/inventory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Store } from '../port.ts';
import { temporaryStore } from '../testing/temporary-store.ts';

const PAGE = new URL('../../../../docs/clickhouse.md', import.meta.url);

let opened: Awaited<ReturnType<typeof temporaryStore>>;
let store: Store;
let statements: readonly string[];

beforeAll(async () => {
  opened = await temporaryStore();
  store = opened.store;
  const page = await readFile(PAGE, 'utf8');
  const blocks = [...page.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, block]) => block!);
  statements = blocks.flatMap((block) => block.replaceAll(/^--.*$/gm, '').split(';')).map((sql) => sql.trim());
  statements = statements.filter((sql) => sql !== '');
});

afterAll(() => opened[Symbol.asyncDispose]());

describe('the grants in docs/clickhouse.md', () => {
  it('are statements that ClickHouse reads', async () => {
    expect(statements.length).toBeGreaterThan(30);
    for (const sql of statements) await store.query('SELECT formatQuery({sql:String})', { sql });
  });

  it('are of tables that there are, and every table that is written has a writer', () => {
    const tables = DATASETS.filter((dataset) => dataset.kind === 'table').map(storageName);
    const known = new Set(['*', 'schema_version', ...DATASETS.map(({ name }) => name), ...tables]);
    const granted = statements.flatMap((sql) => [...sql.matchAll(/ ON pos\.(\S+)/g)].map(([, name]) => name!));
    expect(granted.filter((name) => !known.has(name))).toEqual([]);
    const inserts = statements.filter((sql) => /^GRANT [A-Z, ]*INSERT/.test(sql)).join('\n');
    expect(tables.filter((table) => !inserts.includes(` ON pos.${table} `))).toEqual([]);
  });
});
