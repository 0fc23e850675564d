import { setMaxListeners } from 'node:events';
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

/** Shorter than what Kubernetes leaves a process to end. */
const GRACE_MS = 10_000;

/** Of ClickHouse, and no error: that may become known after the status has been sent. */
function isAnswer(headers: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(headers);
  return names.some((name) => name.startsWith('x-clickhouse-')) && !names.includes('x-clickhouse-exception-code');
}

/** Statements as requests, errors of the server as errors. */
export class HttpExecutor {
  readonly #options: ClickHouseStoreOptions;
  readonly #cutting = new AbortController();
  readonly #signal: AbortSignal;
  readonly #client: ClickHouseClient;
  readonly #readingClient: ClickHouseClient;

  constructor(options: ClickHouseStoreOptions) {
    this.#options = options;
    const { signal } = this.#cutting;
    this.#signal = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
    // As many listeners as there are requests: Node takes more than ten for a leak.
    setMaxListeners(0, this.#signal);
    this.#client = writingClient(options);
    this.#readingClient = readingClient(options);
  }

  async execute({ sql, parameters, rows, people }: Statement): Promise<Answer> {
    const result = await (people === undefined ? this.#client : this.#readingClient).exec({
      ...(rows === undefined
        ? boundInBody(sql, parameters)
        : { query: sql, values: Readable.from([rows], { objectMode: false }) }),
      ...(people && { clickhouse_settings: { default_format: people.format as DataFormat } }),
      abort_signal: this.#signal,
      // The client would not tell a proxy's page from an error of ClickHouse.
      ignore_error_response: true,
    });
    const { stream, summary, http_status_code: status = 0, response_headers: headers } = result;
    if (status === 200 && isAnswer(headers)) {
      return { stream, writtenRows: summary && Number(summary.written_rows) };
    }
    throw this.#error(status, (await readAll(stream)).toString());
  }

  /** Requests that run have some seconds left: one that nobody answers would take its whole time-out. */
  endSoon(): void {
    setTimeout(() => this.#cutting.abort(), GRACE_MS).unref();
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
