/** Vocabulary of the declaration: what a dataset, a column, an expectation and a topic are. */

export type Layer = 'bronze' | 'silver' | 'gold' | 'operations';

/** ClickHouse types that the pipeline uses; the row encoders know exactly these. */
export type ColumnType =
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'Int16'
  | 'Int32'
  | 'Int64'
  | 'Nullable(Int32)'
  | 'String'
  | 'LowCardinality(String)'
  | 'Array(String)'
  | 'Array(UInt32)'
  | 'Map(String, String)'
  | "DateTime64(3, 'UTC')"
  | "Nullable(DateTime64(3, 'UTC'))";

export type Column = {
  readonly name: string;
  readonly type: ColumnType;
  readonly comment: string;
  /** Kept in the storage table only: the public view of the dataset leaves it out. */
  readonly internal?: true;
};

/** `warn` keeps and counts, `drop` leaves out and counts, `quarantine` leaves out and keeps the bytes, `fail` stops the worker. */
export type Action = 'warn' | 'drop' | 'quarantine' | 'fail';

/**
 * How rows of a dataset get their identity in storage.
 * `key` is the identity and the sorting order: of rows with one key, the row with the greatest `version` is the dataset's row
 * (without `version`: the last written). The public name is then a view that shows just those.
 */
export type Storage = {
  readonly key: readonly string[];
  readonly version?: string;
  /** The public view shows only the rows with the greatest value of this column: a load replaces the one before. */
  readonly generation?: string;
  /** Skip indexes, as ClickHouse writes them after `INDEX name`. */
  readonly indexes?: Readonly<Record<string, string>>;
};

/** A table that a stage writes. */
export type Table = {
  readonly kind: 'table';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string;
  readonly columns: readonly Column[];
  readonly storage: Storage;
  /** Names of datasets or topics that it is computed from: the lineage. */
  readonly inputs: readonly string[];
};

/** A dataset that ClickHouse computes when it is read. */
export type View = {
  readonly kind: 'view';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string;
  readonly inputs: readonly string[];
  /** A SELECT over the public names of its inputs. */
  readonly select: string;
};

export type Dataset = Table | View;

export type Topic = {
  readonly name: string;
  readonly comment: string;
  readonly cleanup: 'delete' | 'compact';
  readonly inputs: readonly string[];
};

/** Name of the table behind a dataset's public view. */
export function storageName(table: Pick<Table, 'name'>): string {
  return `${table.name}_rows`;
}
