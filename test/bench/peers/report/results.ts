import type { DrainFigures } from '../run/drain.ts';
import type { PacedFigures } from '../run/paced.ts';
import type { Machine } from './machine.ts';

/** One contender, once. */
export type RunFigures = { readonly drain: DrainFigures; readonly atPace: PacedFigures; readonly atHalf: PacedFigures };

/** Run one after the other. */
export type PairResult = { readonly ours: RunFigures; readonly theirs: RunFigures };

/** `wrong` says what is wrong with its answer; it is not timed then. */
export type PeerResult =
  | { readonly name: string; readonly pairs: readonly PairResult[] }
  | { readonly name: string; readonly wrong: string };

export type PeersResult = {
  readonly machine: Machine;
  readonly transactions: number;
  readonly records: number;
  readonly lines: number;
  readonly keys: number;
  readonly pairs: number;
  readonly pacedSeconds: number;
  /** Transactions a second of the first paced run. */
  readonly pace: number;
  readonly peers: readonly PeerResult[];
};
