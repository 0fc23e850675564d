import { LogError, type LogErrorCode } from '../log-error.ts';

/** Its memory-mapped helper file cannot grow: in practice a full disk, though SQLite files it under I/O errors. */
const SQLITE_IOERR_SHMSIZE = 4874;
const SQLITE_FULL = 13;

/** By SQLite's primary result codes, the low byte of an extended one (https://sqlite.org/rescode.html). */
const FAILURES: ReadonlyMap<number, readonly [LogErrorCode, string]> = new Map([
  [5, ['busy', 'is locked by another process: stop it, only one at a time may write']],
  [6, ['busy', 'is locked by another process: stop it, only one at a time may write']],
  [8, ['unavailable', 'can only be read: open it for writing, or give the process the right to write the file']],
  [10, ['unavailable', 'cannot be read or written: look after the disk']],
  [11, ['corrupt', 'is damaged: begin with a new data folder, or restore a copy']],
  [SQLITE_FULL, ['disk_full', 'has no room left on its disk: free some, then start again']],
  [14, ['unavailable', 'cannot be opened: see that its folder exists and may be written']],
  [26, ['corrupt', 'is not an SQLite file, or is damaged: give another path, or begin with a new data folder']],
]);

/** The `LogError` for a failure of SQLite on the file at `path`; any other error is a bug of ours and stays itself. */
export function translateSqliteError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const result = error.errcode === SQLITE_IOERR_SHMSIZE ? SQLITE_FULL : error.errcode & 0xff;
  const failure = FAILURES.get(result);
  if (failure === undefined) return error;
  const [code, what] = failure;
  return new LogError(code, `the log ${path} ${what} (SQLite: ${error.message})`, { cause: error });
}
