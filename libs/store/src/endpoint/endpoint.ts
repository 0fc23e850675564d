import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { StoreError } from '../store-error.ts';
import { Refusal, toException } from './exception.ts';
import { readRequest } from './read-request.ts';
import { Runner, type Answer } from './runner.ts';
import { authenticate, DEFAULT_USERS, type User } from './users.ts';

export type EndpointOptions = {
  /** Folder of the data; one process at a time. */
  readonly path: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly users?: readonly User[];
  /** Largest body, unpacked; 256 MiB when not given. */
  readonly maxBodyBytes?: number;
  /** The files of the store are damaged: the process must end, best before whoever asked gets an answer. */
  readonly onDamage?: (error: Error) => void;
};

export type Endpoint = {
  readonly url: string;
  /** Lets what was started finish. */
  close(): Promise<void>;
};

/** Only this machine: it is a server for development. */
const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 256 * 1024 ** 2;
/** ClickHouse's bound of a URL. */
const MAX_HEADER_BYTES = 1024 ** 2;
/** ClickHouse's `keep_alive_timeout`. */
const KEEP_ALIVE_MS = 10_000;
/** How long requests that run may take to end when the server is closed. */
const GRACE_MS = 10_000;
/** As ClickHouse numbers its errors. */
const ACCESS_DENIED = 497;
/** How often a client is told that its statement still runs. */
const SIGN_OF_LIFE_MS = 5_000;

/** ClickHouse's HTTP interface over the engine of this process, as far as this project and curl need it. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { path, port, users = DEFAULT_USERS, maxBodyBytes = MAX_BODY_BYTES, onDamage } = options;
  const runner = await Runner.open(path);
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS },
    (message, response) => void answer(message, response, { runner, users, maxBodyBytes, onDamage }),
  );
  try {
    server.listen(port, HOST);
    await once(server, 'listening');
  } catch (error) {
    await runner.close();
    throw error;
  }
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async close() {
      await closed(server);
      await runner.close();
    },
  };
}

async function closed(server: Server): Promise<void> {
  const closing = once(server, 'close');
  server.close();
  // Connections become idle one by one; a client that has gone without a word never does.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const all = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closing;
  clearInterval(idle);
  clearTimeout(all);
}

type Context = {
  readonly runner: Runner;
  readonly users: readonly User[];
  readonly maxBodyBytes: number;
  readonly onDamage: EndpointOptions['onDamage'];
};

async function answer(message: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const signs = setInterval(() => {
    if (!response.headersSent) response.writeProcessing();
  }, SIGN_OF_LIFE_MS);
  try {
    refuseWebPages(message);
    const { pathname, searchParams: form } = addressOf(message);
    if (pathname === '/ping' || (pathname === '/' && message.method === 'GET' && !form.has('query'))) {
      response.end('Ok.\n');
      return;
    }
    const user = authenticate(context.users, message, form);
    const request = await readRequest(message, form, context.maxBodyBytes);
    const result = await context.runner.run(request, {
      user,
      mayWrite: message.method === 'POST',
      isGone: () => response.destroyed,
    });
    await send(message, response, { result, queryId: form.get('query_id') ?? randomUUID() });
  } catch (error) {
    tellDamage(error, context);
    fail(message, response, error);
  } finally {
    clearInterval(signs);
  }
}

/**
 * A page in this machine's browser can reach its ports, and may send statements without being asked; the browser says
 * where a request comes from.
 */
function refuseWebPages({ headers }: IncomingMessage): void {
  if (headers.origin === undefined && (headers['sec-fetch-site'] ?? 'none') === 'none') return;
  throw new Refusal(ACCESS_DENIED, 'ACCESS_DENIED', 'Requests of web pages are not answered');
}

function addressOf({ url = '/' }: IncomingMessage): URL {
  const address = URL.parse(url, 'http://endpoint');
  if (address === null) throw new StoreError('bad_query', `cannot read the address ${url}`);
  return address;
}

function tellDamage(error: unknown, { onDamage }: Context): void {
  if (error instanceof StoreError && error.code === 'damaged') onDamage?.(error);
}

const packed = promisify(gzip);

type Sending = { readonly result: Answer; readonly queryId: string };

async function send(message: IncomingMessage, response: ServerResponse, { result, queryId }: Sending): Promise<void> {
  const { body, format, readRows, writtenRows } = result;
  const rows = { read_rows: `${readRows}`, read_bytes: '0', written_rows: `${writtenRows}`, written_bytes: '0' };
  const summary = {
    ...rows,
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: `${body.length}`,
    elapsed_ns: '0',
  };
  response.setHeader('Content-Type', contentType(format));
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Server-Display-Name', 'tillstream');
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary));
  const isPacked =
    body.length > 0 && /\bgzip\b/.test(message.headers['accept-encoding'] ?? '') && wantsCompression(message);
  if (isPacked) response.setHeader('Content-Encoding', 'gzip');
  const bytes = isPacked ? await packed(body, { level: 1 }) : body;
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}

/** As in ClickHouse, accepting an encoding is not enough. */
function wantsCompression(message: IncomingMessage): boolean {
  return addressOf(message).searchParams.get('enable_http_compression') === '1';
}

function contentType(format: string): string {
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8';
  if (/^(TSV|TabSeparated|CSV|Pretty|Vertical|Values)/.test(format)) return 'text/plain; charset=UTF-8';
  return 'application/octet-stream';
}

function fail(message: IncomingMessage, response: ServerResponse, error: unknown): void {
  // Half an answer must not look whole, and who has hung up gets none.
  if (response.headersSent || response.destroyed || message.errored !== null) {
    response.destroy();
    return;
  }
  const { code, status, text } = toException(error);
  response.statusCode = status;
  response.setHeader('X-ClickHouse-Exception-Code', code);
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  // What is left of the body is not read.
  if (!message.complete) response.setHeader('Connection', 'close');
  response.end(text);
}
