import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { Refusal } from './exception.ts';

/** What a request asks for. */
export type Request = {
  readonly sql: string;
  /** Rows to insert, when they are apart from the statement. */
  readonly rows: AsyncIterable<Buffer> | undefined;
  readonly parameters: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  readonly database: string | undefined;
  readonly defaultFormat: string;
};

/** Of the HTTP interface itself; every other name in the URL is a setting. */
const RESERVED: ReadonlySet<string> = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'quota_key',
  'role',
  'stacktrace',
  'wait_end_of_query',
  'buffer_size',
  'client_protocol_version',
]);

/** Needs state, framing or parsers that this server does not have. */
const REFUSED: readonly string[] = ['session_id', 'compress', 'decompress', 'dialect'];

/** ClickHouse's `http_max_field_value_size`. */
const MAX_FIELD_BYTES = 128 * 1024;

/** A statement that comes in a body, data of an INSERT included. */
const MAX_STATEMENT_BYTES = 16 * 1024 ** 2;

/** INSERT with the format of what follows it; `data` is what follows. */
const INSERT = /^\s*INSERT\s+INTO\s[^]*?\sFORMAT\s+(?!VALUES\b)\w+[ \t;]*(?:\r?\n(?<data>[^]+))?$/i;

export async function readRequest(message: IncomingMessage, form: URLSearchParams, maxBytes: number): Promise<Request> {
  const refused = REFUSED.find((name) => form.has(name) && form.get(name) !== '0');
  if (refused !== undefined) throw new Refusal(48, 'NOT_IMPLEMENTED', `This server knows no ${refused}`);
  const body = limited(decoded(message), maxBytes);
  const query = form.get('query');
  const contentType = message.headers['content-type'] ?? '';

  if (contentType.startsWith('multipart/form-data')) {
    const fields = await readFields(await readAll(body), contentType);
    for (const [name, value] of fields) {
      if (Buffer.byteLength(value) > MAX_FIELD_BYTES) throw new Refusal(1000, 'POCO_EXCEPTION', 'Field value too long');
      form.append(name, value);
    }
    return requestOf(form.getAll('query').join(''), undefined, form);
  }
  if (query !== null && INSERT.test(query) && message.method === 'POST') return requestOf(query, body, form);
  return splitInsert(Buffer.concat([Buffer.from(query ?? ''), await readAll(body)]), form);
}

function splitInsert(bytes: Buffer, form: URLSearchParams): Request {
  // A byte a character, so that lengths of text are lengths of bytes.
  const data = INSERT.exec(bytes.toString('latin1'))?.groups?.['data'] ?? '';
  const end = bytes.length - data.length;
  const rows = data === '' ? undefined : once(bytes.subarray(end));
  return requestOf(bytes.toString('utf8', 0, end), rows, form);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function requestOf(sql: string, rows: AsyncIterable<Buffer> | undefined, form: URLSearchParams): Request {
  const entries = [...form].filter(([name]) => !RESERVED.has(name) && !REFUSED.includes(name));
  const parameters = entries.filter(([name]) => name.startsWith('param_'));
  return {
    sql,
    rows,
    parameters: new Map(parameters.map(([name, value]) => [name.slice('param_'.length), value])),
    settings: new Map(entries.filter(([name]) => !name.startsWith('param_'))),
    database: form.get('database') ?? undefined,
    defaultFormat: form.get('default_format') ?? 'TabSeparated',
  };
}

async function readFields(bytes: Buffer, contentType: string): Promise<[string, string][]> {
  const body = new Uint8Array(bytes);
  const fields = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  return [...fields].map(([name, value]) => [name, typeof value === 'string' ? value : '']);
}

function decoded(message: IncomingMessage): Readable {
  const encoding = message.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return message;
  if (encoding !== 'gzip') throw new Refusal(48, 'NOT_IMPLEMENTED', `This server knows no encoding ${encoding}`);
  // A body that is cut off ends the unpacking too.
  const unpacked = createGunzip();
  message.on('error', (error) => unpacked.destroy(error)).pipe(unpacked);
  return unpacked;
}

async function* limited(body: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new Refusal(307, 'TOO_MANY_BYTES', `The body has more than ${maxBytes} bytes; send less at once`);
    }
    yield chunk;
  }
}

async function readAll(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_STATEMENT_BYTES) {
      throw new Refusal(307, 'TOO_MANY_BYTES', `The statement has more than ${MAX_STATEMENT_BYTES} bytes`);
    }
  }
  return Buffer.concat(chunks);
}
