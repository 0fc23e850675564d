import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

import { LOADED_FILE } from '@tillstream/inventory';
import { audit, encodeRows, findChanges, loadedFiles, openClickHouseStore, type Store } from '@tillstream/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startEndpointProcess, type EndpointProcess } from '../support/endpoint-process.ts';

const WRITER = { username: 'silver', password: "s3cret's & Co" };
const READER = { username: 'reader', password: 'r' };

let folder: string;
let endpoint: EndpointProcess;
let store: Store;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillstream-security-'));
  const users = [
    { name: WRITER.username, password: WRITER.password },
    { name: READER.username, password: READER.password, readonly: true },
  ];
  await writeFile(join(folder, 'users.json'), JSON.stringify(users));
  endpoint = await startEndpointProcess(join(folder, 'data'), { usersFile: join(folder, 'users.json') });
  store = await openClickHouseStore({ url: endpoint.url, ...WRITER, reader: READER });
  await store.migrate();
});

afterAll(async () => {
  await store.close();
  await endpoint.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

async function listening<Listening extends Server | NetServer>(server: Listening): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a wrong', () => {
  it.each([
    ['password', { ...WRITER, password: 'guess' }],
    ['user', { username: 'nobody', password: 'guess' }],
    ['user, none at all', {}],
  ])('%s is told at once, in one line, without the password', async (_, user) => {
    await expect(openClickHouseStore({ url: endpoint.url, ...user })).rejects.toMatchObject({
      code: 'access_denied',
      message: expect.stringMatching(
        /^(?!.*guess).*Authentication failed.*\(AUTHENTICATION_FAILED\); check user, password, privileges and certificates$/,
      ),
    });
  });

  it.each([
    [404, '<html>not here</html>'],
    [200, '<html>hello</html>'],
    [301, ''],
  ])('server, which answers %d, is told at once', async (status, body) => {
    const server = createHttpServer((request, response) => {
      request.resume();
      response.writeHead(status).end(body);
    });
    const url = `http://127.0.0.1:${await listening(server)}`;
    await expect(openClickHouseStore({ url })).rejects.toMatchObject({
      message: `${url} answered HTTP ${status}, and not as ClickHouse does; check the url`,
    });
    server.close();
  });

  it('protocol is told at once', async () => {
    const url = endpoint.url.replace('http:', 'https:');
    await expect(openClickHouseStore({ url })).rejects.toMatchObject({ code: 'access_denied' });
  });
});

describe('a proxy without a server behind it', () => {
  it('is waited for', async () => {
    let isAway = true;
    const server = createHttpServer((request, response) => {
      request.resume();
      if (isAway) response.writeHead(503).end('<html>Service Unavailable</html>');
      else response.writeHead(200, { 'x-clickhouse-format': 'JSONEachRow' }).end();
    });
    const url = `http://127.0.0.1:${await listening(server)}`;
    const reasons: string[] = [];
    const opening = openClickHouseStore({
      url,
      onWait: ({ reason }) => {
        reasons.push(reason);
        isAway = false;
      },
    });
    await (await opening).close();
    expect(reasons[0]).toBe(`${url} answered HTTP 503`);
    server.close();
  });
});

describe('TLS', () => {
  let tls: NetServer;
  let url: string;
  const file = (name: string): string => join(folder, name);

  beforeAll(async () => {
    certificate('ca', 'localhost');
    certificate('other', 'localhost');
    const options = { key: await readFile(file('ca.key')), cert: await readFile(file('ca.crt')) };
    tls = createTlsServer(options, (socket) => {
      const behind = connect(endpoint.port, '127.0.0.1');
      socket.on('error', () => behind.destroy()).pipe(behind);
      behind.on('error', () => socket.destroy()).pipe(socket);
    });
    url = `https://localhost:${await listening(tls)}`;
  });

  afterAll(() => tls.close());

  function certificate(name: string, host: string): void {
    const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)];
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject]);
    expect(made.status).toBe(0);
  }

  it('carries everything when the authority is known', async () => {
    const secure = await openClickHouseStore({ url, ...WRITER, tls: { ca: await readFile(file('ca.crt')) } });
    expect(await secure.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await secure.close();
  });

  it('is not left out in silence where the address has none', async () => {
    const tls = { ca: await readFile(file('ca.crt')) };
    await expect(openClickHouseStore({ url: endpoint.url, ...WRITER, tls })).rejects.toThrow(
      'take the https:// address',
    );
  });

  it('takes a certificate or a password, not both', async () => {
    const key = await readFile(file('ca.key'));
    const ca = await readFile(file('ca.crt'));
    await expect(openClickHouseStore({ url, ...WRITER, tls: { ca, cert: ca, key } })).rejects.toThrow(
      'a client certificate and a password exclude each other; give one of them',
    );
  });

  it.each([
    ['an unknown authority', async () => ({})],
    ['another authority', async () => ({ tls: { ca: await readFile(file('other.crt')) } })],
    [
      'another name',
      async () => ({ tls: { ca: await readFile(file('ca.crt')) }, url: url.replace('localhost', '127.0.0.1') }),
    ],
  ])('refuses %s at once', async (_, options) => {
    await expect(openClickHouseStore({ url, ...WRITER, ...(await options()) })).rejects.toMatchObject({
      code: 'access_denied',
      message: expect.stringMatching(/^[^\n]*certificate[^\n]*$/),
    });
  });
});

describe('what people write', () => {
  it.each([
    "INSERT INTO pos.loaded_file_rows (path) VALUES ('x')",
    'DROP TABLE pos.loaded_file_rows',
    "INSERT INTO FUNCTION file('/tmp/tillstream-stolen.csv') SELECT 1",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1', 'CSV', 'a String')",
    'SYSTEM STOP MERGES',
    'SELECT 1 SETTINGS readonly = 0',
    "SELECT 1 INTO OUTFILE '/tmp/tillstream-stolen.csv'",
    'SELECT 1; DROP TABLE pos.loaded_file_rows',
  ])('is refused: %s', async (sql) => {
    await expect(store.queryText(sql, 'TSV')).rejects.toMatchObject({
      code: expect.stringMatching(/^(access_denied|bad_query)$/),
    });
  });

  it('is run by a user who may only read', async () => {
    expect(await store.queryText('SELECT count() FROM loaded_file', 'TSV')).toBe('0\n');
  });

  it('and the auditor need no other user', async () => {
    const reading = await openClickHouseStore({ url: endpoint.url, ...READER });
    expect(await reading.queryText('SELECT count() FROM loaded_file', 'TSV')).toBe('0\n');
    expect(await audit(reading)).toEqual({ rows: 0, differences: 0 });
    const row = { path: 'a', content_hash: '', version: 1, rows_loaded: 0, rows_quarantined: 0, loaded_at: 0 };
    await expect(reading.insert(encodeRows(LOADED_FILE, [row]))).rejects.toMatchObject({ code: 'access_denied' });
    await expect(reading.migrate()).rejects.toMatchObject({ code: 'access_denied' });
    await reading.close();
  });
});

describe('values', () => {
  const EVIL = [
    "'; DROP TABLE pos.loaded_file_rows; --",
    "' OR 1 = 1 --",
    '\\',
    "\\'",
    "'] OR 1=1 OR path IN ['",
    '{sql:String}',
    '\r\n--boundary--\r\nContent-Disposition: form-data; name="query"\r\n\r\nDROP TABLE pos.loaded_file_rows',
    '&query=DROP+TABLE+pos.loaded_file_rows&',
    '\0%00%27',
    '\\N',
    '😀\u2028\t',
  ];

  it('stay values: as parameters, alone and in arrays', async () => {
    for (const value of EVIL) {
      expect(await store.query('SELECT {value:String} AS value', { value })).toEqual([{ value }]);
      expect(
        await store.queryText('SELECT {value:String} = {again:Array(String)}[1]', 'TSV', { value, again: [value] }),
      ).toBe('1\n');
    }
    expect(await store.query('SELECT {values:Array(String)} AS values', { values: EVIL })).toEqual([{ values: EVIL }]);
    const lines = EVIL.map((transId) => ({ storeId: 1, itemId: 1, transId }));
    expect(await findChanges(store, lines)).toEqual([]);
  });

  it('stay values: in rows', async () => {
    const row = { content_hash: '', version: 1, rows_loaded: 0, rows_quarantined: 0, loaded_at: 0 };
    await store.insert(
      encodeRows(
        LOADED_FILE,
        EVIL.map((path) => ({ ...row, path })),
      ),
    );
    expect(new Set((await loadedFiles(store)).map(({ path }) => path))).toEqual(new Set(EVIL));
  });

  it('do not get in by the names of parameters and formats', async () => {
    for (const name of EVIL) {
      await expect(store.query('SELECT 1', { [name]: 1 })).rejects.toMatchObject({ code: 'bad_query' });
      await expect(store.queryText('SELECT 1', name)).rejects.toMatchObject({ code: 'bad_query' });
    }
    for (const dataset of EVIL) {
      await expect(store.query('SELECT 1 FROM pos.{dataset:Identifier}', { dataset })).rejects.toMatchObject({
        code: 'bad_query',
      });
    }
  });

  it('are refused when ClickHouse would refuse their length', async () => {
    await expect(store.query('SELECT {x:String}', { x: 'x'.repeat(128 * 1024 + 1) })).rejects.toMatchObject({
      code: 'bad_query',
      message: 'parameter x is longer than 131072 bytes; ask for less at once',
    });
  });
});
