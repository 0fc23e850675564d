import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

import type { ClickHouseClientConfigOptions } from '@clickhouse/client';

import { StoreError } from '../store-error.ts';
import type { ChdbResult, ChdbSession } from './chdb-session.ts';
import type { InsertFiles } from './insert-file.ts';

/** What `createClient` takes in place of HTTP. */
export type Connection = NonNullable<ClickHouseClientConfigOptions['connection']>;

type QueryParams = Parameters<Connection['query']>[0];
type ExecParams = Parameters<Connection['exec']>[0];
type InsertParams = Parameters<Connection['insert']>[0];

/** Settings that only the HTTP server knows, and that the client sends unasked. */
const HTTP_SETTINGS: ReadonlySet<string> = new Set([
  'wait_end_of_query',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
]);

/** Statements that begin so write nothing. */
const READING = /^[\s(]*(SELECT|WITH|SHOW|DESCRIBE|EXISTS|EXPLAIN)\b/i;

/**
 * `@clickhouse/client` on the engine in this process. Unlike the connection that chdb brings along it takes binary bodies,
 * and refuses settings beside the statement, which would stay on the session and act on every later statement.
 */
export class ChdbConnection implements Connection {
  readonly #session: ChdbSession;
  readonly #insertFiles: InsertFiles | undefined;

  constructor(session: ChdbSession, insertFiles?: InsertFiles) {
    this.#session = session;
    this.#insertFiles = insertFiles;
  }

  async query(params: QueryParams): ReturnType<Connection['query']> {
    const { bytes } = await this.#run(params.query, params);
    return { stream: readable(bytes), ...response(params) };
  }

  async exec(params: ExecParams): ReturnType<Connection['exec']> {
    const { values } = params;
    const result = values === undefined ? await this.#run(params.query, params) : await this.#insert(params, values);
    return { stream: readable(result.bytes), ...response(params), summary: summary(result) };
  }

  async command(params: QueryParams): ReturnType<Connection['command']> {
    const result = await this.#run(params.query, params);
    return { ...response(params), summary: summary(result) };
  }

  async insert(params: InsertParams): ReturnType<Connection['insert']> {
    const { values } = params;
    const body = typeof values === 'string' ? Readable.from([values]) : values;
    const result = await this.#insert(params, body);
    return { ...response(params), summary: summary(result) };
  }

  async ping(): ReturnType<Connection['ping']> {
    try {
      await this.#session.run('SELECT 1', 'CSV');
      return { success: true };
    } catch (error) {
      return { success: false, error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  /** The session outlives its clients: who opened it closes it. */
  async close(): Promise<void> {}

  #run(sql: string, params: QueryParams): Promise<ChdbResult> {
    const how = READING.test(sql) ? 'run' : 'write';
    return this.#session[how](sql, outputFormat(params), params.query_params ?? {});
  }

  #insert(params: QueryParams, body: Readable): Promise<ChdbResult> {
    if (this.#insertFiles === undefined)
      throw new StoreError('bad_query', 'insert refused: the store is open for reading');
    return this.#insertFiles.during(params.query, body, (sql) =>
      this.#session.write(sql, outputFormat(params), params.query_params ?? {}),
    );
  }
}

function outputFormat({ clickhouse_settings: settings = {} }: QueryParams): string {
  const names = Object.keys(settings).filter((name) => name !== 'default_format' && !HTTP_SETTINGS.has(name));
  if (names.length > 0) {
    throw new StoreError('bad_query', `statement refused: write ${names.join(', ')} into its SETTINGS clause`);
  }
  return String(settings['default_format'] ?? 'TabSeparated');
}

function readable(bytes: Buffer): Readable {
  return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
}

function response(params: QueryParams) {
  return { query_id: params.query_id ?? randomUUID(), response_headers: {}, http_status_code: 200 };
}

/** chDB counts rows once, whichever way they went. */
function summary({ rows }: ChdbResult) {
  const count = String(rows);
  return {
    read_rows: count,
    read_bytes: '0',
    written_rows: count,
    written_bytes: '0',
    result_rows: count,
    result_bytes: '0',
    total_rows_to_read: '0',
    elapsed_ns: '0',
  };
}
