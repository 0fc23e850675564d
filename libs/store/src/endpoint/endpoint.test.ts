import { once } from 'node:events';
import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { temporaryFolder } from '../testing/temporary-store.ts';
import { startEndpoint, type Endpoint } from './endpoint.ts';

const USERS = [
  { name: 'default', password: '', readOnly: false },
  { name: 'reader', password: 'it: is+me', readOnly: true },
];
const MAX_BODY_BYTES = 1_000_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let endpoint: Endpoint;

beforeAll(async () => {
  folder = await temporaryFolder();
  endpoint = await startEndpoint({ path: folder.path, port: 0, users: USERS, maxBodyBytes: MAX_BODY_BYTES });
  await ask('CREATE DATABASE shop');
  await ask('CREATE TABLE shop.item (id Int32, name String) ENGINE = MergeTree ORDER BY id');
});

afterAll(async () => {
  await endpoint.close();
  await folder[Symbol.asyncDispose]();
});

type Options = RequestInit & { readonly url?: Readonly<Record<string, string>> };

async function ask(
  body: string | Buffer<ArrayBuffer> | FormData | ReadableStream | undefined,
  { url = {}, ...init }: Options = {},
) {
  const address = `${endpoint.url}/?${new URLSearchParams(url).toString()}`;
  const response = await fetch(address, { method: 'POST', ...(body !== undefined && { body }), ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function statusOf(options: RequestOptions): Promise<number | undefined> {
  const sending = request(endpoint.url, options).end();
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

const basic = (name: string, password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` },
});
const READER = basic('reader', 'it: is+me');

describe('requests', () => {
  it('answers a ping to anybody', async () => {
    const response = await fetch(`${endpoint.url}/ping`);
    expect([response.status, await response.text()]).toEqual([200, 'Ok.\n']);
  });

  it.each([
    { origin: 'https://shop.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-origin' },
  ])('takes no statement from a web page: %o', async (headers) => {
    // Node's fetch keeps these names to itself.
    const status = await statusOf({ method: 'POST', path: '/?query=SELECT+1', headers });
    expect(status).toBe(403);
  });

  it('refuses an address that is none, and goes on', async () => {
    expect(await statusOf({ method: 'GET', path: '//[' })).toBe(400);
    expect(await ask('SELECT 1')).toMatchObject({ status: 200 });
  });

  it('reads by GET, and only reads', async () => {
    expect(await ask(undefined, { method: 'GET', url: { query: 'SELECT 1 + 1' } })).toMatchObject({
      status: 200,
      text: '2\n',
    });
    const dropping = await ask(undefined, { method: 'GET', url: { query: 'DROP TABLE shop.item' } });
    expect(dropping).toMatchObject({ status: 500, text: expect.stringContaining('(READONLY)') });
  });

  it('tells errors as ClickHouse does', async () => {
    const { status, headers, text } = await ask('SELECT * FROM shop.nothing');
    expect(status).toBe(404);
    expect(headers.get('x-clickhouse-exception-code')).toBe('60');
    expect(text).toMatch(/^Code: 60\. DB::Exception: .*shop\.nothing.*\(UNKNOWN_TABLE\)\n$/);
    expect(await ask('SELEC 1')).toMatchObject({
      status: 400,
      text: expect.stringMatching(
        /^Code: 62\. DB::Exception: Syntax error: failed at position 7 .*\(SYNTAX_ERROR\)\n$/s,
      ),
    });
  });

  it('takes rows behind the statement, beside it, packed or not', async () => {
    const url = { query: 'INSERT INTO shop.item FORMAT CSV' };
    const inserted = await ask('1,"one"\n2,"two\n\nlines; SELECT"\n', { url });
    expect(JSON.parse(inserted.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ written_rows: '2' });
    await ask(gzipSync('3,"three"\n'), { url, headers: { 'content-encoding': 'gzip' } });
    await ask('INSERT INTO shop.item FORMAT JSONEachRow\n{"id":4,"name":"four\\n\\nö"}\n\n{"id":5}');
    await ask("INSERT INTO shop.item VALUES (6, 'six')");
    const { text } = await ask('SELECT * FROM shop.item ORDER BY id FORMAT JSONCompactEachRow');
    const rows = text.trim().split('\n');
    expect(rows.map((row): unknown => JSON.parse(row))).toEqual([
      [1, 'one'],
      [2, 'two\n\nlines; SELECT'],
      [3, 'three'],
      [4, 'four\n\nö'],
      [5, ''],
      [6, 'six'],
    ]);
  });

  it('forgets the settings of an insert, whether they come beside it or within', async () => {
    const plain = { query: 'INSERT INTO shop.item FORMAT CSV' };
    const within = { query: "INSERT INTO shop.item SETTINGS format_csv_delimiter = ';' FORMAT CSV" };
    for (const [url, body] of [
      [plain, '101,"a"'],
      [{ ...plain, format_csv_delimiter: ';' }, '102;"b"'],
      [within, '103;"c"'],
      [plain, '104,"d"'],
      [{ query: 'INSERT INTO item FORMAT CSV', database: 'shop' }, '105,"e"'],
    ] as const) {
      expect(await ask(body, { url })).toMatchObject({ status: 200 });
    }
    expect(await ask('106,"f"', { url: { query: 'INSERT INTO item FORMAT CSV' } })).toMatchObject({ status: 404 });
    const { text } = await ask('SELECT groupArray(id) FROM (SELECT id FROM shop.item WHERE id > 100 ORDER BY id)');
    expect(text).toBe('[101,102,103,104,105]\n');
    await ask('DELETE FROM shop.item WHERE id > 100');
  });

  it('stores nothing of a body that is cut off', async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('70,"a"\n')),
      pull: (controller) => controller.error(new Error('gone')),
    });
    const url = { query: 'INSERT INTO shop.item FORMAT CSV' };
    await expect(ask(body, { url, duplex: 'half' } as Options)).rejects.toThrow('fetch failed');
    expect(await ask('SELECT count() FROM shop.item WHERE id = 70')).toMatchObject({ text: '0\n' });
  });

  it('takes a database, a format and parameters, and packs answers', async () => {
    const url = { database: 'shop', default_format: 'JSONEachRow', param_name: 'o\\tne', param_ids: '[1,2]' };
    const { text } = await ask('SELECT {name:String} AS name, {ids:Array(Int32)} AS ids, currentDatabase() AS db', {
      url: { ...url, enable_http_compression: '1' },
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(JSON.parse(text)).toEqual({ name: 'o\tne', ids: [1, 2], db: 'shop' });
  });

  it('takes a form, with fields as long as ClickHouse takes them', async () => {
    const form = new FormData();
    form.set('query', 'SELECT {value:String} FORMAT TSVRaw');
    form.set('param_value', "it's");
    expect(await ask(form)).toMatchObject({ text: "it's\n" });
    form.set('param_value', 'x'.repeat(128 * 1024 + 1));
    expect(await ask(form)).toMatchObject({ status: 500, text: expect.stringContaining('Field value too long') });
  });

  it('refuses what is too large, and what it does not know', async () => {
    const url = { query: 'INSERT INTO shop.item FORMAT CSV' };
    expect(await ask('7,"a"\n'.repeat(MAX_BODY_BYTES / 6 + 1), { url })).toMatchObject({ status: 413 });
    expect(await ask('SELECT 1', { url: { session_id: 'a' } })).toMatchObject({ status: 501 });
    expect(await ask('SELECT 1; SELECT 2')).toMatchObject({ status: 400 });
    expect(await ask("SELECT 1 INTO OUTFILE 'x'")).toMatchObject({ status: 501 });
    expect(await ask('SELECT 1', { url: { no_such_setting: '1' } })).toMatchObject({ status: 404 });
    expect(await ask('SELECT count() FROM shop.item WHERE id = 7')).toMatchObject({ text: '0\n' });
  });

  it('reads statements whole, with blank lines and semicolons in them', async () => {
    const { text } = await ask("SELECT 1,\n\n  'a;\n\nb' -- the end; \n\nFORMAT JSONCompactEachRow\n");
    expect(JSON.parse(text)).toEqual([1, 'a;\n\nb']);
  });

  it('sends results larger than a piece, whole', async () => {
    const { text } = await ask('SELECT number FROM numbers(1000000)');
    expect(text.length).toBe(6_888_890);
    expect(text.endsWith('\n999999\n')).toBe(true);
  });
});

describe('requests at the same time', () => {
  it('see nothing of the settings, parameters and databases of others', async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
    const answers = numbers.map(async (number) => {
      const url = { max_threads: String(number), param_n: String(number), database: number % 2 ? 'shop' : 'system' };
      const sql = "SELECT getSetting('max_threads'), {n:UInt8}, currentDatabase()";
      return (await ask(sql, { url })).text;
    });
    expect(await Promise.all(answers)).toEqual(numbers.map((n) => `${n}\t${n}\t${n % 2 ? 'shop' : 'system'}\n`));
    expect(await ask("SELECT currentDatabase(), getSetting('insert_deduplication_token')")).toMatchObject({
      text: 'default\t\n',
    });
    expect(await ask('SELECT {n:UInt8}')).toMatchObject({ text: expect.stringContaining('UNKNOWN_QUERY_PARAMETER') });
  });

  it('insert while queries are long', async () => {
    const done: string[] = [];
    const long = Array.from({ length: 3 }, async () => {
      await ask('SELECT sleepEachRow(0.5) FROM numbers(4) SETTINGS max_block_size = 1');
      done.push('query');
    });
    await ask('80,"a"\n', { url: { query: 'INSERT INTO shop.item FORMAT CSV' } });
    done.push('insert');
    await Promise.all(long);
    expect(done[0]).toBe('insert');
  });
});

describe('a client that hangs up', () => {
  it('while it waits for its turn is forgotten', async () => {
    const long = Array.from({ length: 4 }, () =>
      ask('SELECT sleepEachRow(0.5) FROM numbers(2) SETTINGS max_block_size = 1'),
    );
    const impatient = ask("INSERT INTO shop.item VALUES (95, '')", { signal: AbortSignal.timeout(300) });
    await expect(impatient).rejects.toThrow(/abort/i);
    await Promise.all(long);
    expect(await ask('SELECT count() FROM shop.item WHERE id = 95')).toMatchObject({ text: '0\n' });
  });
});

describe('users', () => {
  it('need their passwords', async () => {
    expect(await ask('SELECT 1', READER)).toMatchObject({ status: 200, text: '1\n' });
    const headers = { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': 'it: is+me' };
    expect(await ask('SELECT 1', { headers })).toMatchObject({ status: 200 });
    for (const wrong of [basic('reader', 'it'), basic('nobody', ''), basic('default', 'x')]) {
      expect(await ask('SELECT 1', wrong)).toMatchObject({
        status: 403,
        text: expect.stringContaining('(AUTHENTICATION_FAILED)'),
      });
    }
  });

  it.each([
    'SELECT count() >= 0 FROM shop.item',
    '(SELECT 1) EXCEPT (SELECT 2)',
    'WITH 1 AS a SELECT a FROM numbers(3) FORMAT JSON SETTINGS max_threads = 1',
    'DESCRIBE shop.item',
    'SHOW TABLES FROM shop',
    'EXISTS TABLE shop.item',
    'EXPLAIN SELECT 1',
  ])('who may only read: %s', async (sql) => {
    expect(await ask(sql, READER)).toMatchObject({ status: 200 });
  });

  it.each([
    "INSERT INTO shop.item VALUES (90, '')",
    'INSERT INTO shop.item FORMAT CSV\n90,"a"',
    "INSERT INTO FUNCTION file('stolen.csv') SELECT 1",
    'CREATE TABLE shop.other (id Int32) ENGINE = Memory',
    'DROP TABLE shop.item',
    'ALTER TABLE shop.item DELETE WHERE 1',
    'TRUNCATE TABLE shop.item',
    'SYSTEM STOP MERGES',
    'KILL QUERY WHERE 1',
    'SET max_threads = 1',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM `FILE`('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT 1 WHERE 'a' IN (SELECT * FROM url('http://127.0.0.1:1', 'CSV', 'a String'))",
    "DESCRIBE TABLE url('http://127.0.0.1:1', 'CSV')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "EXPLAIN SELECT * FROM s3('http://127.0.0.1:1')",
    "SELECT * FROM executable('x', 'CSV', 'a Int8')",
    "SELECT 1 FROM file('/etc/passwd', 'LineAsString') FORMAT Template SETTINGS format_template_row_format = 'x'",
    'SELECT 1 SETTINGS readonly = 0',
  ])('who may only read, not: %s', async (sql) => {
    const { status, text } = await ask(sql, READER);
    expect(text).toMatch(/\((ACCESS_DENIED|READONLY)\)\n$/);
    expect(status).not.toBe(200);
    expect(await ask('SELECT count() FROM shop.item WHERE id = 90')).toMatchObject({ text: '0\n' });
  });

  it('who may only read, not beside the statement either', async () => {
    const url = { query: 'INSERT INTO shop.item FORMAT CSV' };
    expect(await ask('90,"a"', { ...READER, url })).toMatchObject({ status: 403 });
    expect(await ask('SELECT 1', { ...READER, url: { readonly: '0' } })).toMatchObject({
      text: expect.stringContaining('READONLY'),
    });
  });
});
