import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { LogError } from '../log-error.ts';
import { translateSqliteError } from './sqlite-error.ts';

/** "TILL", so that `file` and we can tell a Tillstream log from any other SQLite file. */
const APPLICATION_ID = 0x54494c4c;
const FORMAT_VERSION = 1;
const BUSY_TIMEOUT_MILLISECONDS = 1_000;

/**
 * WAL with NORMAL: the log promises to survive the kill of its process, and what is written to the file is then in
 * the system's hands. A power cut may lose the last transactions, never tear one or lose an earlier one alone.
 * 2,048 pages, 8 MiB, of WAL keep the pause of a checkpoint to some tens of milliseconds.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 2048;
  PRAGMA journal_size_limit = 67108864;
`;

const SCHEMA = `
  CREATE TABLE topic (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    cleanup TEXT NOT NULL
  ) STRICT;
  CREATE TABLE partition (
    id INTEGER PRIMARY KEY,
    topic_id INTEGER NOT NULL REFERENCES topic (id),
    number INTEGER NOT NULL,
    start_offset INTEGER NOT NULL DEFAULT 0,
    end_offset INTEGER NOT NULL DEFAULT 0,
    record_count INTEGER NOT NULL DEFAULT 0,
    compacted_record_count INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic_id, number)
  ) STRICT;
  CREATE TABLE segment (
    id INTEGER PRIMARY KEY,
    partition_id INTEGER NOT NULL REFERENCES partition (id),
    base_offset INTEGER NOT NULL,
    end_offset INTEGER NOT NULL,
    record_count INTEGER NOT NULL,
    byte_length INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  CREATE INDEX segment_by_offset ON segment (partition_id, end_offset, byte_length);
  CREATE TABLE committed (
    group_name TEXT NOT NULL,
    partition_id INTEGER NOT NULL REFERENCES partition (id),
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (group_name, partition_id)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT_VERSION};
`;

/** One SQLite file with prepared statements kept, and every failure told as a `LogError`. */
export class Database {
  readonly path: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, readOnly: boolean) {
    this.path = path;
    this.#sqlite = this.#guard(() => new DatabaseSync(path, { readOnly, timeout: BUSY_TIMEOUT_MILLISECONDS }));
    try {
      this.#prepareFile(readOnly);
    } catch (error) {
      this.#sqlite.close();
      throw error;
    }
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values)) as Row[];
  }

  first<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values)) as Row | undefined;
  }

  /** Rows from the first on while `keep` says so: for "as many as fit", where the number is not known before. */
  takeWhile<Row>(keep: (row: Row) => boolean, sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => {
      const taken: Row[] = [];
      for (const row of this.#statement(sql).iterate(...values) as Iterable<Row>) {
        if (!keep(row)) break;
        taken.push(row);
      }
      return taken;
    });
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#guard(() => this.#statement(sql).run(...values));
  }

  /** All of the changes of `work`, or none. */
  write<T>(work: () => T): T {
    return this.#transaction('BEGIN IMMEDIATE', work);
  }

  /** Several reads of one state, whatever other processes write meanwhile. */
  snapshot<T>(work: () => T): T {
    return this.#transaction('BEGIN', work);
  }

  close(): void {
    this.#statements.clear();
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  #transaction<T>(begin: string, work: () => T): T {
    this.run(begin);
    try {
      const result = work();
      this.run('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some failures, a full disk among them.
      if (this.#sqlite.isTransaction) this.run('ROLLBACK');
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (!this.#sqlite.isOpen) {
        throw new LogError('closed', `the log ${this.path} is closed: nothing can be read or stored any more`);
      }
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw translateSqliteError(error, this.path);
    }
  }

  #prepareFile(readOnly: boolean): void {
    this.#checkFormat(readOnly);
    if (readOnly) return;
    this.#guard(() => this.#sqlite.exec(PRAGMAS));
    this.write(() => {
      // Looked at again under the lock: two processes may have found the same empty file.
      if (this.#isEmpty()) this.#guard(() => this.#sqlite.exec(SCHEMA));
    });
  }

  #checkFormat(readOnly: boolean): void {
    const application = this.first<{ application_id: number }>('PRAGMA application_id')!.application_id;
    const version = this.first<{ user_version: number }>('PRAGMA user_version')!.user_version;
    if (application === APPLICATION_ID && version === FORMAT_VERSION) return;
    if (application === APPLICATION_ID) {
      throw new LogError(
        'other_version',
        `the log ${this.path} has format version ${version}, this program reads version ${FORMAT_VERSION}: ` +
          'start the version that wrote it, or begin with a new data folder',
      );
    }
    if (readOnly || !this.#isEmpty()) {
      throw new LogError('other_version', `${this.path} is not a Tillstream log: give the path of one, or of no file`);
    }
  }

  #isEmpty(): boolean {
    return this.first<{ tables: number }>('SELECT count(*) AS tables FROM sqlite_schema')!.tables === 0;
  }
}
