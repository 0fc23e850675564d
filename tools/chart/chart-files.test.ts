import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writtenFiles } from './chart-files.ts';
import { documentedValues, referenceTable } from './values-reference.ts';

test.each(writtenFiles())('$url is as `pnpm chart` writes it', ({ url, content }) => {
  expect(readFileSync(url, 'utf8')).toBe(content);
});

test('a value without a comment is named', () => {
  expect(() => documentedValues('# -- good\na: 1\nb:\n  c: {}\n')).toThrow('b.c needs a comment');
});

test('the table has path, default and comment', () => {
  expect(referenceTable(documentedValues('a:\n  # About a.\n  # -- What b is.\n  b: [1]\n'))).toContain(
    '| `a.b` | `[1]` | What b is. |',
  );
});
