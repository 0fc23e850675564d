import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DrainFigures } from '../run/drain.ts';
import type { PacedFigures } from '../run/paced.ts';
import type { Machine } from './machine.ts';

/** One contender, once. */
export type RunFigures = { readonly drain: DrainFigures; readonly atPace: PacedFigures; readonly atHalf: PacedFigures };

/** Run one after the other. */
export type PairResult = { readonly ours: RunFigures; readonly theirs: RunFigures };

/** Under which the pairs of one contender ran. */
export type Conditions = {
  readonly machine: Machine;
  readonly transactions: number;
  readonly records: number;
  readonly lines: number;
  readonly keys: number;
  readonly pacedSeconds: number;
  /** Records a second of the first paced run. */
  readonly pace: number;
};

/** The pairs so far, and why there are no more of them when it has failed; or what is wrong with its answer. */
export type Outcome = { readonly pairs: readonly PairResult[]; readonly failed?: string } | { readonly wrong: string };

export type PeerResult = { readonly name: string; readonly conditions: Conditions } & Outcome;

/** What JSON has no sign for. */
const [NEVER, NOT_MEASURED] = ['never', 'not measured'];

/** `benchmarks.json`: of each contender the last run, whichever contenders that run was of. */
export class ResultsFile {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get path(): string {
    return join(this.#folder, 'benchmarks.json');
  }

  /** None when there is no file yet. */
  async read(): Promise<readonly PeerResult[]> {
    if (!existsSync(this.path)) return [];
    return JSON.parse(await readFile(this.path, 'utf8'), decoded) as PeerResult[];
  }

  /** Puts a result in the place of the contender's last one. A kill leaves the file as it was, or as it shall be. */
  async put(result: PeerResult): Promise<void> {
    const others = (await this.read()).filter(({ name }) => name !== result.name);
    await mkdir(this.#folder, { recursive: true });
    const unfinished = `${this.path}.unfinished`;
    await writeFile(unfinished, `${JSON.stringify([...others, result], encoded, 2)}\n`);
    await rename(unfinished, this.path);
  }
}

function encoded(_key: string, value: unknown): unknown {
  if (value === Infinity) return NEVER;
  return Number.isNaN(value) ? NOT_MEASURED : value;
}

function decoded(_key: string, value: unknown): unknown {
  if (value === NEVER) return Infinity;
  return value === NOT_MEASURED ? Number.NaN : value;
}
