import { Readable } from 'node:stream';

import type { ClickHouseClient, DataFormat } from '@clickhouse/client';

import type { QueryParameters, Store, TableBlock } from '../port.ts';
import type { TableSettings } from '../schema/ddl.ts';
import { migrate } from '../schema/migrate.ts';
import { StoreError } from '../store-error.ts';
import { checkText } from './checked-text.ts';
import { insertStatement, MAX_BLOCK_ROWS } from './insert-statement.ts';
import { toStoreError } from './to-store-error.ts';

/** What differs between a server and the engine in the process. */
export type ClickHouseBackend = {
  readonly client: ClickHouseClient;
  /** Runs what people wrote, and lets it only read. */
  readonly readingClient: ClickHouseClient;
  /** Yields buffers of whole rows. */
  streamRowBinary(sql: string, parameters: QueryParameters): AsyncIterable<Buffer>;
  readonly tableSettings: TableSettings;
  /** Called once, when nothing runs any more but streams. */
  close(): Promise<void>;
};

/** The store port on `@clickhouse/client`. */
export class ClickHouseStore implements Store {
  readonly #backend: ClickHouseBackend;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(backend: ClickHouseBackend) {
    this.#backend = backend;
  }

  async migrate(): Promise<void> {
    await migrate(this, { tableSettings: this.#backend.tableSettings });
  }

  async insert({ table, rows, bytes }: TableBlock): Promise<void> {
    const doing = `insert of ${rows} rows into ${table.name}`;
    if (rows > MAX_BLOCK_ROWS) {
      throw new StoreError('bad_query', `${doing} refused: a block has at most ${MAX_BLOCK_ROWS} rows; cut it`);
    }
    if (rows === 0) return;
    const written = await this.#run(doing, async () => {
      const values = Readable.from([bytes], { objectMode: false });
      const { stream, summary } = await this.#backend.client.exec({ query: insertStatement(table), values });
      stream.resume();
      return Number(summary?.written_rows ?? rows);
    });
    // The rows are stored, but they are not those that the block claims to hold: the encoder is wrong.
    if (written !== rows)
      throw new StoreError('bad_query', `${doing} stored ${written} rows: the block is not as declared`);
  }

  query<Row>(sql: string, parameters: QueryParameters = {}): Promise<Row[]> {
    return this.#run('query', async () => {
      const result = await this.#backend.client.query({
        query: sql,
        format: 'JSONEachRow',
        query_params: { ...parameters },
      });
      return result.json<Row>();
    });
  }

  queryRowBinary(sql: string, parameters: QueryParameters = {}): Promise<Buffer> {
    return this.#run('query', () => {
      const query = `${sql}\nFORMAT RowBinary`;
      return this.#read(this.#backend.client, { query, query_params: { ...parameters } });
    });
  }

  async *streamRowBinary(sql: string, parameters: QueryParameters = {}): AsyncGenerator<Buffer> {
    this.#refuseWhenClosed();
    try {
      yield* this.#backend.streamRowBinary(sql, parameters);
    } catch (error) {
      throw toStoreError(error, 'query');
    }
  }

  async queryText(sql: string, format: string, parameters: QueryParameters = {}): Promise<string> {
    if (!/^\w+$/.test(format)) throw new StoreError('bad_query', `query refused: there is no format ${format}`);
    return this.#run('query', async () => {
      const { readingClient } = this.#backend;
      await checkText(readingClient, sql);
      const settings = { default_format: format as DataFormat };
      const params = { query: sql, query_params: { ...parameters }, clickhouse_settings: settings };
      return (await this.#read(readingClient, params)).toString();
    });
  }

  async command(sql: string, parameters: QueryParameters = {}): Promise<void> {
    await this.#run('statement', () => this.#backend.client.command({ query: sql, query_params: { ...parameters } }));
  }

  /** Waits for what has been started; streams are cut off. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#running).then(() => this.#backend.close());
    return this.#closing;
  }

  async #read(client: ClickHouseClient, params: Parameters<ClickHouseClient['exec']>[0]): Promise<Buffer> {
    const { stream } = await client.exec(params);
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  async #run<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
    this.#refuseWhenClosed();
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw toStoreError(error, doing);
    } finally {
      this.#running.delete(running);
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) throw new StoreError('closed', 'the store is closed; open it again');
  }
}
