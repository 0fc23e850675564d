import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../errors.ts';
import { withSecretFiles, type Environment } from './secret-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillstream-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (env: Environment): Environment => withSecretFiles(env, ['KAFKA_PASSWORD']);

function file(content: string): string {
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  return path;
}

test.each([
  ['hunter2\n', 'hunter2'],
  ['hunter2\r\n', 'hunter2'],
  ['two\nlines\n', 'two\nlines'],
  [' blanks stay ', ' blanks stay '],
])('a setting is what the file holds, without the last line break: %j', (content, value) => {
  expect(read({ KAFKA_PASSWORD_FILE: file(content) })).toMatchObject({ KAFKA_PASSWORD: value });
});

test('an empty name of a file is no file', () => {
  expect(read({ KAFKA_PASSWORD: 'x', KAFKA_PASSWORD_FILE: '' })).toMatchObject({ KAFKA_PASSWORD: 'x' });
});

test('both are one too many, and neither is told', () => {
  const both = { KAFKA_PASSWORD: 'hunter2', KAFKA_PASSWORD_FILE: file('hunter3') };
  expect(() => read(both)).toThrow(
    new UserError('KAFKA_PASSWORD and KAFKA_PASSWORD_FILE are both set: leave one of them out'),
  );
});

test('a file that is not there is named', () => {
  expect(() => read({ KAFKA_PASSWORD_FILE: '/no/such/file' })).toThrow(
    new UserError('KAFKA_PASSWORD_FILE names /no/such/file, which cannot be read (ENOENT): mount it there'),
  );
});

test('files that other programs are told of are none of ours', () => {
  expect(read({ OTHER_FILE: '/no/such/file' })).toEqual({ OTHER_FILE: '/no/such/file' });
});
