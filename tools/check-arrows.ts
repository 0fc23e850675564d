/** Checks the import arrows of the whole tree: one line per violation, exit code 1 when there is any. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { importsOf, violation } from './arrows.ts';

const root = join(import.meta.dirname, '..');
const skipped = new Set(['node_modules', 'dist']);

const files = globSync(['libs/*/src/**/*.ts', 'services/*/src/**/*.ts', 'test/**/*.ts'], {
  cwd: root,
  exclude: (path) => path.split(/[\\/]/).some((part) => skipped.has(part)),
})
  .map((file) => file.replaceAll('\\', '/'))
  .sort();

let violations = 0;
for (const file of files) {
  for (const { specifier, line } of importsOf(readFileSync(join(root, file), 'utf8'))) {
    const reason = violation(file, specifier);
    if (reason === null) continue;
    violations += 1;
    console.log(`${file}:${line}: ${reason}`);
  }
}

console.log(`arrows: ${violations} violation${violations === 1 ? '' : 's'} in ${files.length} files`);
process.exitCode = violations > 0 ? 1 : 0;
