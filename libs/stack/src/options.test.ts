import { expect, test } from 'vitest';
import { parseStackCommand } from './options.ts';

test('a command with its defaults, and with all that can be said', () => {
  expect(parseStackCommand(['up'])).toEqual({ action: 'up', data: '.tillstream/stack', kafka: undefined });
  expect(parseStackCommand(['--', 'down', '--data', 'd', '--kafka', '3.9'])).toEqual({
    action: 'down',
    data: 'd',
    kafka: '3.9',
  });
  expect(parseStackCommand(['--help'])).toBe('help');
});

test.each([
  [[], 'stack takes up or down or status, not nothing: see --help'],
  [['restart'], 'stack takes up or down or status, not restart: see --help'],
  [['up', 'down'], 'down is not understood: see --help'],
  [['up', '--kafka', '2.8'], '--kafka takes 4.1 or 3.9, not 2.8: see --help'],
  [['up', '--port', '1'], "Unknown option '--port': see --help"],
])('%j is refused', (args, message) => {
  expect(() => parseStackCommand(args)).toThrow(message);
});
