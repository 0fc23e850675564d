import { INVENTORY_CURRENT, RAW_INVENTORY_CHANGE, RowBinaryReader, RowBinaryWriter } from '@tillstream/inventory';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { MAX_BLOCK_ROWS } from '../clickhouse/insert-statement.ts';
import { encodeRows } from '../encoding/row-codec.ts';
import type { Store, TableBlock } from '../port.ts';
import { collect } from './temporary-store.ts';

export type Opened = AsyncDisposable & { readonly store: Store };

/** What every store does, whatever is behind it. */
export function describeStore(open: () => Promise<Opened>): void {
  let opened: Opened;
  let store: Store;

  beforeAll(async () => {
    opened = await open();
    store = opened.store;
    await store.migrate();
  });

  beforeEach(() => store.command('TRUNCATE TABLE pos.inventory_current_rows'));

  afterAll(() => opened[Symbol.asyncDispose]());

  async function count(): Promise<number> {
    const [row] = await store.query<{ rows: string }>('SELECT count() AS rows FROM pos.inventory_current_rows');
    return Number(row?.rows);
  }

  describe('insert', () => {
    it('makes exactly one part of a large block', async () => {
      await store.command('SYSTEM STOP MERGES pos.inventory_current_rows');
      await store.insert(stockBlock(300_000));
      const parts = await store.query(
        "SELECT rows FROM system.parts WHERE active AND database = 'pos' AND table = 'inventory_current_rows'",
      );
      expect(parts).toEqual([{ rows: '300000' }]);
      await store.command('SYSTEM START MERGES pos.inventory_current_rows');
    });

    it('shows of copies within a block the greatest version, merged or not', async () => {
      await store.command('SYSTEM STOP MERGES pos.inventory_current_rows');
      const row = { store_id: 1, snapshot_quantity: 0, change_quantity: 0, date_time: 0 };
      const versioned = (item: number, version: number): Record<string, number> => ({
        ...row,
        item_id: item,
        current_inventory: version,
        version,
      });
      const rows = [versioned(1, 2), versioned(2, 1), versioned(1, 3), versioned(1, 1)];
      await store.insert(encodeRows(INVENTORY_CURRENT, rows));
      const shown = 'SELECT item_id, current_inventory FROM pos.inventory_current ORDER BY item_id';
      const due = [
        { item_id: 1, current_inventory: '3' },
        { item_id: 2, current_inventory: '1' },
      ];
      expect(await store.query(shown)).toEqual(due);
      await store.command('SYSTEM START MERGES pos.inventory_current_rows');
      await store.command('OPTIMIZE TABLE pos.inventory_current_rows FINAL');
      expect(await store.query(shown)).toEqual(due);
      expect(await count()).toBe(2);
    });

    it('keeps bytes as they are', async () => {
      const value = Buffer.from('{"a":1}\n\n; SELECT 1;\n\n\0\xff\xfe', 'latin1');
      const row = { topic: 't', partition: 1, offset: 2, timestamp: 3, key: '', value, headers: { a: '\n\n' } };
      await store.insert(encodeRows(RAW_INVENTORY_CHANGE, [row]));
      const reader = new RowBinaryReader(await store.queryRowBinary('SELECT value FROM pos.raw_inventory_change'));
      const start = reader.skipString();
      expect(reader.bytes.subarray(start, reader.position)).toEqual(value);
    });

    it('takes no block of too many rows, and nothing of an empty one', async () => {
      const bytes = Buffer.alloc(0);
      await expect(store.insert({ table: INVENTORY_CURRENT, rows: MAX_BLOCK_ROWS + 1, bytes })).rejects.toMatchObject({
        code: 'bad_query',
        message: 'insert of 1000001 rows into inventory_current refused: a block has at most 1000000 rows; cut it',
      });
      await store.insert({ table: INVENTORY_CURRENT, rows: 0, bytes });
      expect(await count()).toBe(0);
    });

    it('stores nothing of a block that is cut off', async () => {
      const { table, rows, bytes } = stockBlock(1000);
      const cut = { table, rows, bytes: bytes.subarray(0, -3) };
      await expect(store.insert(cut)).rejects.toMatchObject({
        code: 'bad_query',
        message: expect.stringMatching(
          /^insert of 1000 rows into inventory_current failed: .*\(CANNOT_READ_ALL_DATA\)$/,
        ),
      });
      expect(await count()).toBe(0);
    });

    it('tells a block that holds other rows than it claims', async () => {
      const block = { ...stockBlock(10), rows: 11 };
      await expect(store.insert(block)).rejects.toMatchObject({ code: 'bad_query' });
    });

    it('runs beside other inserts and queries', async () => {
      const inserts = Array.from({ length: 20 }, (_, index) => store.insert(stockBlock(500, index * 500)));
      const counts = Array.from({ length: 20 }, count);
      const seen = await Promise.all(counts);
      await Promise.all(inserts);
      expect(seen.every((rows) => rows % 500 === 0)).toBe(true);
      expect(await count()).toBe(10_000);
    });
  });

  describe('query', () => {
    it('gives integers of 64 bits as text, exactly', async () => {
      expect(await store.query('SELECT toUInt64(18446744073709551615) AS large, toInt32(-1) AS small')).toEqual([
        { large: '18446744073709551615', small: -1 },
      ]);
    });

    it('takes any value as parameter and none into the text', async () => {
      const values = [
        "it's",
        '\\',
        '\\N',
        '\n\n',
        ';\n\n',
        '\0',
        '{x:String}',
        "'; DROP TABLE pos.store_rows; --",
        '',
        '😀',
      ];
      const [row] = await store.query<{ values: string[] }>('SELECT {values:Array(String)} AS values', { values });
      expect(row?.values).toEqual(values);
      for (const value of values) {
        expect(await store.query('SELECT {value:String} AS value', { value })).toEqual([{ value }]);
      }
    });

    it('keeps parameters of statements that run at once apart', async () => {
      const numbers = Array.from({ length: 50 }, (_, index) => index);
      const answers = numbers.map(async (number) => {
        if (number % 2 === 0) return (await store.query<{ n: number }>('SELECT {n:UInt32} AS n', { n: number }))[0]?.n;
        const chunks = await collect(store.streamRowBinary('SELECT {n:UInt32} AS n', { n: number }));
        return Buffer.concat(chunks).readUInt32LE();
      });
      expect(await Promise.all(answers)).toEqual(numbers);
    });

    it('refuses a Date, which would lose its milliseconds', async () => {
      await expect(store.query('SELECT {at:String}', { at: new Date(5) })).rejects.toMatchObject({
        code: 'bad_query',
      });
    });

    it('says what is wrong with a statement in one line', async () => {
      await expect(store.query('SELECT nothing FROM pos.store')).rejects.toMatchObject({
        code: 'bad_query',
        message: expect.stringMatching(/^query failed: [^\n]*nothing[^\n]*\(UNKNOWN_IDENTIFIER\)$/),
        cause: expect.any(Error),
      });
    });
  });

  describe('streamRowBinary', () => {
    const NUMBERS = "SELECT number, repeat('\\n\\n\\0', number % 40) FROM numbers({rows:UInt64})";

    it('yields whole rows, a bounded number at a time', async () => {
      let rows = 0;
      for await (const chunk of store.streamRowBinary(NUMBERS, { rows: 200_000 })) {
        const reader = new RowBinaryReader(chunk);
        while (!reader.atEnd) {
          if (reader.uint64() !== rows) throw new Error(`row ${rows} is missing`);
          reader.skipString();
          rows += 1;
        }
        expect(chunk.length).toBeLessThan(65_409 * 100);
      }
      expect(rows).toBe(200_000);
    });

    it('ends early when nobody reads on, and leaves the store usable', async () => {
      for await (const chunk of store.streamRowBinary(NUMBERS, { rows: 1_000_000 })) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect(await store.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    it('fails in the middle as at the start', async () => {
      const failing = 'SELECT throwIf(number = 300000) FROM numbers(1000000)';
      await expect(collect(store.streamRowBinary(failing))).rejects.toMatchObject({ name: 'StoreError' });
      await expect(collect(store.streamRowBinary('SELECT nothing'))).rejects.toMatchObject({ code: 'bad_query' });
    });
  });

  describe('queryText', () => {
    it('answers in the format asked for, or in the one that the text names', async () => {
      expect(await store.queryText('SELECT 1 AS a, 2 AS b;', 'CSVWithNames')).toBe('"a","b"\n1,2\n');
      expect(await store.queryText('SELECT 1 AS a FORMAT TSV -- ;', 'CSVWithNames')).toBe('1\n');
      expect(await store.queryText("SELECT ';' AS a /* ; */", 'TSV')).toBe(';\n');
      expect(await store.queryText('SELECT count() FROM inventory_current', 'TSV')).toBe('0\n');
      expect(await store.queryText('SHOW TABLES', 'TSV')).toContain('inventory_current\n');
      expect(await store.queryText('SELECT {n:UInt8}', 'TSV', { n: 7 })).toBe('7\n');
      expect(await store.queryText('SELECT 1 SETTINGS max_threads = 1', 'TSV')).toBe('1\n');
    });

    it.each([
      ['SELECT 1; SELECT 2', /Multi-statements are not allowed/],
      ['SELECT 1; DROP TABLE pos.store_rows', /Multi-statements are not allowed/],
      ['DROP TABLE pos.store_rows', /readonly/],
      ['INSERT INTO pos.store_rows VALUES (1, 2, 3)', /readonly/],
      ['SET max_threads = 1', /SET and USE act on what comes later/],
      ['USE system', /SET and USE act on what comes later/],
      ['SELECT 1 SETTINGS readonly = 0', /readonly/],
      ["SELECT 1 INTO OUTFILE '/tmp/never-written'", /INTO OUTFILE writes a file/],
      ['SELEC 1', /^query refused: .*Syntax error: failed at position 7/],
      ['', /Empty query/],
    ])('refuses %s', async (sql, message) => {
      await expect(store.queryText(sql, 'TSV')).rejects.toMatchObject({
        code: 'bad_query',
        message: expect.stringMatching(message),
      });
    });

    it('refuses what is no name of a format', async () => {
      await expect(store.queryText('SELECT 1', "TSV INTO OUTFILE 'x'")).rejects.toMatchObject({ code: 'bad_query' });
      await expect(store.queryText('SELECT 1', 'Nonsense')).rejects.toMatchObject({ code: 'bad_query' });
    });
  });
}

export function stockBlock(rows: number, firstItem = 0): TableBlock {
  const writer = new RowBinaryWriter();
  for (let item = firstItem; item < firstItem + rows; item++) {
    writer.int32(1);
    writer.int32(item);
    writer.int64(0);
    writer.int64(0);
    writer.int64(item);
    writer.dateTime64(0);
    writer.uint64(item);
    writer.endRow();
  }
  return { table: INVENTORY_CURRENT, rows, bytes: writer.bytes() };
}
