import { Readable } from 'node:stream';

import { parseError, type ClickHouseClient, type DataFormat } from '@clickhouse/client';

import type { Answer, Statement } from '../clickhouse/backend.ts';
import { readAll } from '../clickhouse/read-all.ts';
import { StoreError } from '../store-error.ts';
import { boundInBody } from './bound-parameters.ts';
import { readingClient, writingClient } from './http-clients.ts';
import type { ClickHouseStoreOptions } from './open-clickhouse-store.ts';

/** What proxies answer when the server behind them is away or busy. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** Statements as requests, errors of the server as errors. */
export class HttpExecutor {
  readonly #options: ClickHouseStoreOptions;
  readonly #client: ClickHouseClient;
  readonly #readingClient: ClickHouseClient;

  constructor(options: ClickHouseStoreOptions) {
    this.#options = options;
    this.#client = writingClient(options);
    this.#readingClient = readingClient(options);
  }

  async execute({ sql, parameters, rows, people }: Statement): Promise<Answer> {
    const { signal } = this.#options;
    const result = await (people === undefined ? this.#client : this.#readingClient).exec({
      ...(rows === undefined
        ? boundInBody(sql, parameters)
        : { query: sql, values: Readable.from([rows], { objectMode: false }) }),
      ...(people && { clickhouse_settings: { default_format: people.format as DataFormat } }),
      ...(signal && { abort_signal: signal }),
      // The client would not tell a proxy's page from an error of ClickHouse.
      ignore_error_response: true,
    });
    const { stream, summary, http_status_code: status, response_headers: headers } = result;
    if (status === 200 && headers?.['x-clickhouse-exception-code'] === undefined) {
      return { stream, writtenRows: summary && Number(summary.written_rows) };
    }
    throw this.#error(status ?? 0, (await readAll(stream)).toString());
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#readingClient.close()]);
  }

  #error(status: number, text: string): Error {
    const isFromClickHouse = /(^|\n)(Code: \d+|Poco::Exception)/.test(text);
    if (isFromClickHouse) return parseError(text);
    const told = `${new URL(this.#options.url).origin} answered HTTP ${status}`;
    if (PASSING_STATUSES.has(status)) return new StoreError('not_ready', told);
    return new StoreError('unknown', `${told}, and not as ClickHouse does; check the url`);
  }
}
