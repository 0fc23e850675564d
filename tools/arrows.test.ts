import { describe, expect, it } from 'vitest';

import { importsOf, violation } from './arrows.ts';

describe('importsOf', () => {
  it('finds every form of import with the line of its specifier', () => {
    const source = [
      `import { a } from './a.ts';`,
      `import {`,
      `  type B,`,
      `} from "@tillstream/log";`,
      `import 'node:fs';`,
      `export * from './c.ts';`,
      `const d = await import('./d.ts');`,
      `type E = import('./e.ts').E;`,
    ].join('\n');
    expect(importsOf(source)).toEqual([
      { specifier: './a.ts', line: 1 },
      { specifier: '@tillstream/log', line: 4 },
      { specifier: 'node:fs', line: 5 },
      { specifier: './c.ts', line: 6 },
      { specifier: './d.ts', line: 7 },
      { specifier: './e.ts', line: 8 },
    ]);
  });

  it('reads no import out of a comment or a declaration', () => {
    const source = [
      `// taken from '@tillstream/demo'`,
      ` * import from '@tillstream/demo'`,
      `export const from = 'x';`,
    ];
    expect(importsOf(source.join('\n'))).toEqual([]);
  });
});

describe('violation', () => {
  it.each([
    ['libs/inventory/src/a.ts', './rules/b.ts'],
    ['libs/inventory/src/a.ts', 'node:buffer'],
    ['libs/inventory/src/a.test.ts', 'node:fs'],
    ['libs/log/src/a.ts', 'node:sqlite'],
    ['libs/store/src/embedded/a.ts', '../rows.ts'],
    ['libs/store/src/a.ts', '@tillstream/inventory'],
    ['libs/runtime/src/a.ts', '@tillstream/store'],
    ['services/generator/src/main.ts', '@tillstream/runtime'],
    ['services/demo/src/main.ts', '@tillstream/generator'],
    ['services/standalone/src/main.ts', '@tillstream/silver-normalizer'],
    ['test/simulation/a.test.ts', '@tillstream/demo'],
    ['test/simulation/a.test.ts', '../support/b.ts'],
  ])('%s may import %s', (file, specifier) => {
    expect(violation(file, specifier)).toBeNull();
  });

  it.each([
    ['libs/inventory/src/a.ts', '@tillstream/log', 'may not import'],
    ['libs/inventory/src/a.ts', 'node:fs', 'is pure'],
    ['libs/inventory/src/a.ts', 'zod', 'is pure'],
    ['libs/log/src/a.ts', '@tillstream/store', 'may not import'],
    ['libs/log/src/a.ts', '@tillstream/generator', 'may not import'],
    ['libs/log/src/a.ts', '../../store/src/index.ts', 'leaves libs/log'],
    ['libs/new/src/a.ts', '@tillstream/log', 'no row'],
    ['services/generator/src/main.ts', '@tillstream/gold-aggregator', 'libraries only'],
    ['services/generator/src/main.ts', '@tillstream/demo', 'nobody imports'],
    ['services/demo/src/main.ts', '@tillstream/test', 'nobody imports'],
    ['services/generator/src/main.ts', '@tillstream/log/src/port.ts', 'deep import'],
    ['test/bench/main.ts', '../../libs/log/src/index.ts', 'leaves test'],
  ])('%s must not import %s', (file, specifier, reason) => {
    expect(violation(file, specifier)).toContain(reason);
  });
});
