import { readFileSync } from 'node:fs';
import { UserError } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment with each of the settings `NAME` taken from the file that `NAME_FILE` names: how secrets and
 * certificates are mounted. A line break at the end is no part of a secret. Throws a `UserError` when both are set, or the
 * file cannot be read.
 */
export function withSecretFiles(env: Environment, names: Iterable<string>): Environment {
  const merged: Record<string, string | undefined> = { ...env };
  for (const name of names) {
    const variable = `${name}_FILE`;
    const path = env[variable] ?? '';
    if (path === '') continue;
    if ((env[name] ?? '') !== '') throw new UserError(`${name} and ${variable} are both set: leave one of them out`);
    merged[name] = contentOf(variable, path);
  }
  return merged;
}

function contentOf(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new UserError(`${variable} names ${path}, which cannot be read (${code}): mount it there`, { cause });
  }
}
