import { describe, expect, it } from 'vitest';

import { fromFile } from './insert-file.ts';

describe('fromFile', () => {
  it.each([
    ['INSERT INTO t FORMAT RowBinary', "INSERT INTO t FROM INFILE '/f' FORMAT RowBinary"],
    [
      'INSERT INTO pos.`t` (`a`, `settings`, `format`) SETTINGS async_insert = 0, b = 1 FORMAT RowBinary',
      "INSERT INTO pos.`t` (`a`, `settings`, `format`) FROM INFILE '/f' SETTINGS async_insert = 0, b = 1 FORMAT RowBinary",
    ],
    ['INSERT INTO t (a)\nFORMAT JSONEachRow\n', "INSERT INTO t (a) FROM INFILE '/f'\nFORMAT JSONEachRow"],
  ])('%s', (statement, expected) => {
    expect(fromFile(statement, '/f')).toBe(expected);
  });

  it('quotes the path', () => {
    expect(fromFile('INSERT INTO t FORMAT CSV', "/it's\\here")).toBe(
      "INSERT INTO t FROM INFILE '/it\\'s\\\\here' FORMAT CSV",
    );
  });

  it('refuses what is no insert with a format', () => {
    expect(() => fromFile('SELECT 1 FORMAT CSV', '/f')).toThrow('expected INSERT INTO');
    expect(() => fromFile('INSERT INTO t VALUES', '/f')).toThrow('expected INSERT INTO');
  });
});
