import type { QueryParameters, Store, TableBlock } from '../port.ts';
import { migrate } from '../schema/migrate.ts';
import { StoreError } from '../store-error.ts';
import type { Work } from './attempts.ts';
import type { ClickHouseBackend, Statement } from './backend.ts';
import { checkText } from './checked-text.ts';
import { insertStatement, MAX_BLOCK_ROWS } from './insert-statement.ts';
import { readAll } from './read-all.ts';
import { toStoreError } from './to-store-error.ts';

/** The store port on `@clickhouse/client`. */
export class ClickHouseStore implements Store {
  readonly #backend: ClickHouseBackend;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(backend: ClickHouseBackend) {
    this.#backend = backend;
  }

  async migrate(): Promise<void> {
    await migrate(this, { layout: this.#backend.layout });
  }

  async insert(block: TableBlock): Promise<void> {
    const { table, rows, bytes } = block;
    const doing = `insert of ${rows} rows into ${table.name}`;
    if (rows > MAX_BLOCK_ROWS) {
      throw new StoreError('bad_query', `${doing} refused: a block has at most ${MAX_BLOCK_ROWS} rows; cut it`);
    }
    if (rows === 0) return;
    const sql = insertStatement(table);
    await this.#run({
      doing,
      kind: 'insert',
      attempt: async () => {
        const { stream, writtenRows = rows } = await this.#backend.execute({ sql, rows: bytes });
        await readAll(stream);
        if (writtenRows === rows) return;
        // The rows are stored, but they are not those that the block claims to hold: the encoder is wrong.
        throw new StoreError('bad_query', `${doing} stored ${writtenRows} rows: the block is not as declared`);
      },
    });
  }

  async query<Row>(sql: string, parameters: QueryParameters = {}): Promise<Row[]> {
    const text = (await this.#read('query', { sql: `${sql}\nFORMAT JSONEachRow`, parameters })).toString();
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Row);
  }

  queryRowBinary(sql: string, parameters: QueryParameters = {}): Promise<Buffer> {
    return this.#read('query', { sql: `${sql}\nFORMAT RowBinary`, parameters });
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
    const bytes = await this.#run({
      doing: 'query',
      kind: 'text',
      attempt: async () => {
        await checkText(this.#backend, sql);
        return readAll((await this.#backend.execute({ sql, parameters, people: { format } })).stream);
      },
    });
    return bytes.toString();
  }

  async command(sql: string, parameters: QueryParameters = {}): Promise<void> {
    await this.#read('statement', { sql, parameters });
  }

  /** Waits for what has been started; streams are cut off. */
  close(): Promise<void> {
    this.#backend.attempts.end();
    this.#closing ??= Promise.allSettled(this.#running).then(() => this.#backend.close());
    return this.#closing;
  }

  #read(doing: string, statement: Statement): Promise<Buffer> {
    const attempt = async (): Promise<Buffer> => readAll((await this.#backend.execute(statement)).stream);
    return this.#run({ doing, kind: 'query', attempt });
  }

  async #run<Result>(work: Work<Result>): Promise<Result> {
    this.#refuseWhenClosed();
    const running = this.#backend.attempts.run(work);
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw toStoreError(error, work.doing);
    } finally {
      this.#running.delete(running);
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) throw new StoreError('closed', 'the store is closed; open it again');
  }
}
