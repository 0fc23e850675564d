/** Which room may import which: the pure rules behind check-arrows.ts. */

export interface ImportSite {
  readonly specifier: string;
  readonly line: number;
}

const SCOPE = '@tillstream/';

/** Our libraries each library may import. A library without a row fails, so a new one has to take a stand here. */
const LIB_ARROWS: Readonly<Record<string, readonly string[]>> = {
  inventory: [],
  log: ['inventory'],
  signal: ['inventory'],
  stack: ['store'],
  store: ['inventory'],
  runtime: ['inventory', 'log', 'signal', 'store'],
};

/** Several stages in one process: these services alone may import services. */
const COMPOSITION_ROOTS: ReadonlySet<string> = new Set(['demo', 'standalone']);

/** libs/inventory has no I/O, clock or env; any other node: module would bring one in. */
const PURE_BUILTINS: ReadonlySet<string> = new Set(['node:buffer']);

// Anchored at statement starts, so that prose in comments ("taken from 'x'") is not read as an import.
const IMPORT_FORMS: readonly RegExp[] = [
  /^[ \t]*(?:import|export)\b[^'";]*?\bfrom\s*(['"])(?<specifier>.+?)\1/gm,
  /^[ \t]*import\s*(['"])(?<specifier>.+?)\1/gm,
  /\b(?:import|require|import\.meta\.resolve)\(\s*(['"`])(?<specifier>.+?)\1/g,
];

export function importsOf(source: string): ImportSite[] {
  const sites: ImportSite[] = [];
  for (const form of IMPORT_FORMS) {
    for (const match of source.matchAll(form)) {
      // A statement may span lines; report the line that holds the specifier.
      const line = source.slice(0, match.index + match[0].length).split('\n').length;
      sites.push({ specifier: match.groups?.['specifier'] ?? '', line });
    }
  }
  return sites.sort((a, b) => a.line - b.line);
}

/** Why `file` (relative to the repository root, with slashes) must not import `specifier`; null when it may. */
export function violation(file: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return relativeViolation(file, specifier);
  if (specifier.startsWith(SCOPE)) return ownViolation(file, specifier);
  return purityViolation(file, specifier);
}

/** The folder of the workspace package that holds `file`: `libs/x`, `services/x` or `test`. */
function roomOf(file: string): string {
  const [top = '', name = ''] = file.split('/');
  return top === 'test' ? top : `${top}/${name}`;
}

function relativeViolation(file: string, specifier: string): string | null {
  const target = new URL(specifier, `file:///${file}`).pathname.slice(1);
  return `${target}/`.startsWith(`${roomOf(file)}/`)
    ? null
    : `relative import '${specifier}' leaves ${roomOf(file)}; import the package by its name`;
}

function ownViolation(file: string, specifier: string): string | null {
  const [target = '', ...deep] = specifier.slice(SCOPE.length).split('/');
  if (deep.length > 0) return `deep import '${specifier}'; only the package's index is public`;

  const [top, name = ''] = file.split('/');
  if (top === 'test') return null;
  if (target === 'test' || COMPOSITION_ROOTS.has(target)) return `nobody imports ${specifier}`;
  return top === 'services' ? serviceViolation(name, target) : libViolation(name, target);
}

function serviceViolation(name: string, target: string): string | null {
  if (COMPOSITION_ROOTS.has(name) || Object.hasOwn(LIB_ARROWS, target)) return null;
  return `services/${name} may import libraries only, not ${SCOPE}${target}`;
}

function libViolation(name: string, target: string): string | null {
  const allowed = LIB_ARROWS[name];
  if (allowed === undefined) return `libs/${name} has no row in LIB_ARROWS (tools/arrows.ts)`;
  return allowed.includes(target) ? null : `libs/${name} may not import ${SCOPE}${target}`;
}

function purityViolation(file: string, specifier: string): string | null {
  if (roomOf(file) !== 'libs/inventory' || file.endsWith('.test.ts')) return null;
  return PURE_BUILTINS.has(specifier) ? null : `libs/inventory is pure and may not import '${specifier}'`;
}
