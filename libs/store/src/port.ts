import type { Table } from '@tillstream/inventory';

/**
 * The store port: ClickHouse as the stages need it. Inserts are blocks of RowBinary, one promise a block; an insert is
 * one part and so all or nothing. Identity of rows, not the store, makes a repeated insert harmless.
 */
export interface Store {
  /** Creates or upgrades database, tables and views from the declaration; safe to repeat. */
  migrate(): Promise<void>;
  /** Stores the block; resolves when a query would see it. */
  insert(block: TableBlock): Promise<void>;
  /** Rows as JSON values by column name. 64-bit integers come as strings. */
  query<Row>(sql: string, parameters?: QueryParameters): Promise<Row[]>;
  /** Rows as RowBinary, for bulk reads that fit into memory. */
  queryRowBinary(sql: string, parameters?: QueryParameters): Promise<Buffer>;
  /**
   * Rows as RowBinary, some ten thousand at a time: for results of any size. Each buffer holds whole rows. What is not
   * read is not computed in this process, and leaving the loop ends the query; a server computes all of it first, and
   * keeps it on its disk. In this process subqueries are computed before the first row, on the event loop: the
   * statement should have none that takes long.
   */
  streamRowBinary(sql: string, parameters?: QueryParameters): AsyncIterable<Buffer>;
  /** A result as text in any ClickHouse format, for people and tools. One statement, which may only read. */
  queryText(sql: string, format: string, parameters?: QueryParameters): Promise<string>;
  /** A statement without result. */
  command(sql: string, parameters?: QueryParameters): Promise<void>;
  close(): Promise<void>;
}

/** Values of `{name:Type}` parameters: the only way that a value gets into SQL. */
export type QueryParameters = Readonly<Record<string, unknown>>;

/** Rows of one table: its declared columns in order, as RowBinary. The bytes must stay unchanged until the insert settles. */
export type TableBlock = {
  readonly table: Table;
  readonly rows: number;
  readonly bytes: Buffer;
};
