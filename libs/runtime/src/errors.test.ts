import { expect, test } from 'vitest';
import { oneLine, UserError } from './errors.ts';

test.each([
  [new UserError('port 80 is taken: choose another'), 'port 80 is taken: choose another'],
  [new Error('first\n  second\r\n\n third \n'), 'first second third'],
  ['a text\nthat was thrown', 'a text that was thrown'],
  [undefined, 'undefined'],
  [null, 'null'],
])('%o is told in one line', (thrown, line) => {
  expect(oneLine(thrown)).toBe(line);
});

test('an error for the user keeps its cause', () => {
  const cause = new Error('EACCES');
  expect(new UserError('no access', { cause })).toMatchObject({ name: 'UserError', message: 'no access', cause });
});
