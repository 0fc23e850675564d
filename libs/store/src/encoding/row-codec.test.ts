import type { ColumnType, Table } from '@tillstream/inventory';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createTable } from '../schema/ddl.ts';
import { temporaryStore } from '../testing/temporary-store.ts';
import { CELL_CODECS, type CellValue } from './cell-codecs.ts';
import { decodeRows, encodeRows } from './row-codec.ts';

const END_OF_2299 = Date.UTC(2300, 0, 1) - 1;
const TIMES = [0, 1, -1, Date.UTC(1900, 0, 1), 1_700_000_000_123, END_OF_2299];
const TEXTS = [
  '',
  'a',
  '\n\n',
  ';\n\nSELECT 1;\n\n',
  '\0',
  "a\0b\n\nc'\\\t",
  'ünïcödé 😀',
  'x'.repeat(127),
  'y'.repeat(128),
  'z'.repeat(70_000),
];

const EDGES: Readonly<Record<ColumnType, readonly CellValue[]>> = {
  UInt8: [0, 1, 255],
  UInt16: [0, 65_535],
  UInt32: [0, 2 ** 31, 2 ** 32 - 1],
  UInt64: [0, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1],
  Int16: [0, -1, -32_768, 32_767],
  Int32: [0, -1, -(2 ** 31), 2 ** 31 - 1],
  Int64: [0, -1, -(2 ** 32), -(2 ** 32) - 1, 2 ** 53 - 1, -(2 ** 53) + 1],
  'Nullable(Int32)': [null, 0, -1, 2 ** 31 - 1],
  String: TEXTS,
  'LowCardinality(String)': TEXTS,
  'Array(String)': [[], [''], TEXTS],
  'Array(UInt32)': [[], [0], [1, 2 ** 32 - 1], Array.from({ length: 1000 }, (_, index) => index)],
  'Map(String, String)': [{}, { '': '' }, { 'a\n\n\0': 'b\0\n\n', c: 'd' }],
  "DateTime64(3, 'UTC')": TIMES,
  "Nullable(DateTime64(3, 'UTC'))": [null, ...TIMES],
};

let opened: Awaited<ReturnType<typeof temporaryStore>>;

beforeAll(async () => {
  opened = await temporaryStore();
});

afterAll(() => opened[Symbol.asyncDispose]());

let tables = 0;

/** One row per value, and every value between two others, so that a wrong width would show in its neighbours. */
async function roundTrip(type: ColumnType, values: readonly CellValue[]): Promise<CellValue[]> {
  tables += 1;
  const table: Table = {
    kind: 'table',
    name: `cells_${tables}`,
    layer: 'silver',
    comment: '',
    columns: [
      { name: 'row', type: 'UInt32', comment: '' },
      { name: 'cell', type, comment: '' },
      { name: 'check', type: 'UInt32', comment: '' },
    ],
    storage: { key: ['row'] },
    inputs: [],
  };
  await opened.store.command(createTable(table));
  await opened.store.insert(
    encodeRows(
      table,
      values.map((cell, row) => ({ row, cell, check: row ^ 0x5555 })),
    ),
  );
  const bytes = await opened.store.queryRowBinary(`SELECT row, cell, check FROM pos.${table.name}_rows ORDER BY row`);
  const rows = decodeRows(table.columns, bytes);
  expect(rows.map(({ row, check }) => [row, check])).toEqual(values.map((_, row) => [row, row ^ 0x5555]));
  return rows.map(({ cell }) => cell!);
}

describe('every declared type, through ClickHouse and back', () => {
  it.each(Object.entries(EDGES) as [ColumnType, readonly CellValue[]][])('%s', async (type, values) => {
    expect(await roundTrip(type, values)).toEqual(values);
  });

  it('any text', async () => {
    const values = fc.sample(fc.string({ unit: 'binary', maxLength: 300 }), { numRuns: 2000, seed: 7 });
    expect(await roundTrip('String', values)).toEqual(values);
  });

  it('bytes that are no text', async () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    await roundTrip('String', [bytes]);
    const [row] = await opened.store.query(`SELECT hex(cell) AS hex FROM pos.cells_${tables}_rows`);
    expect(row).toEqual({ hex: bytes.toString('hex').toUpperCase() });
  });

  it('numbers above 2^53, as ClickHouse sees them', async () => {
    await roundTrip('UInt64', [2n ** 64n - 1n, 2n ** 53n + 1n]);
    expect(await opened.store.query(`SELECT cell FROM pos.cells_${tables}_rows ORDER BY row`)).toEqual([
      { cell: '18446744073709551615' },
      { cell: '9007199254740993' },
    ]);
    await roundTrip('Int64', [-(2n ** 63n)]);
    expect(await opened.store.query(`SELECT cell FROM pos.cells_${tables}_rows`)).toEqual([
      { cell: '-9223372036854775808' },
    ]);
  });

  it('times mean what they say', async () => {
    await roundTrip("DateTime64(3, 'UTC')", TIMES);
    const rows = await opened.store.query<{ cell: string }>(`SELECT cell FROM pos.cells_${tables}_rows ORDER BY row`);
    expect(rows.map(({ cell }) => Date.parse(`${cell.replace(' ', 'T')}Z`))).toEqual(TIMES);
  });
});

describe('encodeRows', () => {
  const table = (type: ColumnType): Table => ({
    kind: 'table',
    name: 'sample',
    layer: 'silver',
    comment: '',
    columns: [{ name: 'cell', type, comment: '' }],
    storage: { key: ['cell'] },
    inputs: [],
  });

  it.each<[ColumnType, CellValue]>([
    ['UInt8', 256],
    ['UInt8', -1],
    ['Int16', 32_768],
    ['Int32', 1.5],
    ['Int32', '1'],
    ['Int32', null],
    ['UInt64', 2 ** 53],
    ['UInt64', -1],
    ['UInt64', 2n ** 64n],
    ['Int64', Number.NaN],
    ['String', 1],
    ['String', null],
    ['Array(String)', 'a'],
    ['Array(UInt32)', [-1]],
    ['Map(String, String)', null],
    ["DateTime64(3, 'UTC')", END_OF_2299 + 1],
  ])('refuses what is no %s: %s', (type, cell) => {
    expect(() => encodeRows(table(type), [{ cell }])).toThrow(`cell of a row for sample is no ${type}`);
  });

  it('refuses a row without one of the columns', () => {
    expect(() => encodeRows(table('Int32'), [{}])).toThrow('a row for sample has no cell');
  });

  it('knows every type', () => {
    expect(Object.keys(CELL_CODECS).toSorted()).toEqual(Object.keys(EDGES).toSorted());
  });
});
