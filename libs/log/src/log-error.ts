export type LogErrorCode =
  /** No room left where the log is stored. */
  | 'disk_full'
  /** Another process holds the log. */
  | 'busy'
  /** What is stored cannot be understood. */
  | 'corrupt'
  /** Stored by another version, or by another program. */
  | 'other_version'
  /** Cannot be reached, read or written at all. */
  | 'unavailable'
  /** The log knows this user not, or does not let it do this. */
  | 'not_permitted'
  /** Used after `close`. */
  | 'closed'
  | 'unknown_topic'
  | 'partition_mismatch'
  | 'offset_out_of_range'
  /** A batch that no log would take: positions outside its bytes, a record without key for a compacted topic. */
  | 'invalid_batch';

/** A log that cannot do what it was asked. The message says what happened, on what, and what to do about it. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
