import { expect, test } from 'vitest';
import { run, tellingLine } from './tools.ts';

test.each([
  ['starting\n[WARNING] Original error: later\n[ERROR] no such artifact\n', '[ERROR] no such artifact'],
  ['reading\nE: Unable to locate package\n', 'E: Unable to locate package'],
  ['one\n  the last\n\n', 'the last'],
  ['', 'it wrote nothing'],
])('of %j it tells the line that matters', (text, line) => {
  expect(tellingLine(text)).toBe(line);
});

test('a command that fails is one line with what it said', async () => {
  expect(await run(process.execPath, ['--print', '1 + 1'])).toBe('2\n');
  const failing = run(process.execPath, ['--eval', 'console.error("ERROR no disk"); process.exit(3)']);
  await expect(failing).rejects.toThrow(`${process.execPath} --eval ended with 3: ERROR no disk`);
});
