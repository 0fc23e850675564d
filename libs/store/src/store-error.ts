export type StoreErrorCode =
  /** No room left where the store, or the blocks on their way into it, are kept. */
  | 'disk_full'
  /** The engine could not write files of its own, and went on. What is cut off is set aside when the store is opened again. */
  | 'damaged'
  /** The folder is in use: by another process, or by another store of this one. */
  | 'busy'
  /** There is no store in the folder. */
  | 'no_store'
  /** Written by a newer version, or in a shape that this one cannot bring up to date. */
  | 'other_version'
  /** A statement or a block that ClickHouse refuses; it will refuse it again. */
  | 'bad_query'
  /** Inserts come faster than parts are merged. */
  | 'too_many_parts'
  | 'out_of_memory'
  /** No connection, or one that was cut: it is not known whether the statement was carried out. */
  | 'unreachable'
  /** The server is there and cannot do it now: it starts, is overloaded, or has lost its replicas or Keeper. */
  | 'not_ready'
  /** User, password, privileges or certificates are not as they should be. */
  | 'access_denied'
  /** Used after `close`. */
  | 'closed'
  | 'unknown';

/** A store that cannot do what it was asked. The message says in one line what failed, on what, and what to do about it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
