import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig, wholeNumber } from './config.ts';
import { UserError } from './errors.ts';

const SCHEMA = z.object({
  TURN_MS: wholeNumber(1, 100, 'turns would never end'),
  PARTITIONS: wholeNumber(0, 4, 'keys would have nowhere to go'),
  NAME: z.string('must be set'),
});
const parse = (env: Record<string, string | undefined>) => parseConfig(SCHEMA, { NAME: 'x', ...env });

describe('settings', () => {
  test('have their default when they are missing, and ignore what is no setting', () => {
    expect(parse({ HOME: '/root' })).toEqual({ TURN_MS: 100, PARTITIONS: 4, NAME: 'x' });
    expect(parse({ TURN_MS: undefined })).toMatchObject({ TURN_MS: 100 });
  });

  test('are read as numbers', () => {
    expect(parse({ TURN_MS: '250', PARTITIONS: '0' })).toMatchObject({ TURN_MS: 250, PARTITIONS: 0 });
  });

  test.each(['0', '-5', '1.5', 'abc', '10ms', '1e400', 'Infinity', ''])('of a whole number are not %o', (text) => {
    expect(() => parse({ TURN_MS: text })).toThrow(
      'TURN_MS must be a whole number of at least 1: turns would never end',
    );
    expect(() => parse({ TURN_MS: text })).toThrow(UserError);
  });

  test('that are wrong are told together', () => {
    expect(() => parse({ TURN_MS: 'x', PARTITIONS: '-1', NAME: undefined })).toThrow(
      /TURN_MS must be .*; PARTITIONS must be .*; NAME must be set$/,
    );
  });
});
