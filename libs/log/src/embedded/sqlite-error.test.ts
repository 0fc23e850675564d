import { expect, test } from 'vitest';
import { LogError } from '../log-error.ts';
import { translateSqliteError } from './sqlite-error.ts';

const PATH = 'data/log.sqlite';

/** As node:sqlite throws it; the codes here need a failing disk to come about. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode });
}

test.each([
  ['SQLITE_IOERR_READ', 266, 'unavailable'],
  ['SQLITE_CORRUPT_VTAB', 267, 'corrupt'],
  ['SQLITE_BUSY_RECOVERY', 261, 'busy'],
  ['SQLITE_IOERR_SHMSIZE', 4874, 'disk_full'],
])('%s is told by its primary code, with its cause', (_, errcode, code) => {
  const cause = sqliteError(errcode);
  expect(translateSqliteError(cause, PATH)).toMatchObject({
    code,
    cause,
    message: expect.stringMatching(/^the log data\/log\.sqlite .*\(SQLite: disk I\/O error\)$/),
  });
});

test('what is our own mistake, or told already, stays as it is', () => {
  for (const error of [sqliteError(1), new TypeError('x is undefined'), new LogError('closed', 'closed'), 'text']) {
    expect(translateSqliteError(error, PATH)).toBe(error);
  }
});
