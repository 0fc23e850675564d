import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { GeneratorError } from '../errors.ts';

const REFERENCE_FILES = ['store.txt', 'item.txt', 'inventory_change_type.txt'] as const;
const CHANGES = /^inventory_change.*\.txt$/;
const COUNTS = /^inventory_snapshot.*\.txt$/;
const RAW = /\.jsonl$/;
const RAW_COUNTS = /^inventory_snapshot/;

type RawFile = { readonly path: string; readonly kind: 'changes' | 'counts' };

/** Paths of the input files of a replay folder, each kind in the order of names. */
export type ReplayFiles = {
  readonly changes: readonly string[];
  readonly counts: readonly string[];
  readonly raw: readonly RawFile[];
};

export async function findFiles(folder: string): Promise<ReplayFiles> {
  const names = await listFolder(folder);
  for (const name of REFERENCE_FILES) requireFile(folder, names, name);
  const matching = (pattern: RegExp): string[] =>
    names.filter((name) => pattern.test(unpackedName(name)) && !isReference(name)).toSorted();
  const files = {
    changes: matching(CHANGES).map((name) => join(folder, name)),
    counts: matching(COUNTS).map((name) => join(folder, name)),
    raw: matching(RAW).map((name): RawFile => ({
      path: join(folder, name),
      kind: RAW_COUNTS.test(name) ? 'counts' : 'changes',
    })),
  };
  if (files.changes.length + files.counts.length + files.raw.length === 0) {
    throw new GeneratorError(
      `${folder}: nothing to replay; expected inventory_change*.txt, inventory_snapshot*.txt or *.jsonl, or those as .gz`,
    );
  }
  return files;
}

async function listFolder(folder: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw new GeneratorError(`${folder}: cannot read the folder: ${(error as Error).message}`, { cause: error });
  }
  const packedTwice = names.find((name) => names.includes(`${name}.gz`));
  if (packedTwice !== undefined) {
    throw new GeneratorError(`${folder}: holds both ${packedTwice} and ${packedTwice}.gz; remove one`);
  }
  return names;
}

function requireFile(folder: string, names: readonly string[], name: string): void {
  if (names.includes(name) || names.includes(`${name}.gz`)) return;
  throw new GeneratorError(`${folder}: ${name} is missing; a replay folder holds ${REFERENCE_FILES.join(', ')}`);
}

function isReference(name: string): boolean {
  return REFERENCE_FILES.some((reference) => reference === unpackedName(name));
}

function unpackedName(name: string): string {
  return name.endsWith('.gz') ? name.slice(0, -'.gz'.length) : name;
}
