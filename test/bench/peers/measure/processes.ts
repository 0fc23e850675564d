import { readdirSync, readFileSync } from 'node:fs';
import { parsePeakBytes, parseStat, withDescendants, type ProcessStat } from './proc.ts';

export type ProcessTotals = { readonly cpuSeconds: number; readonly peakBytes: number };

/** All processes at one moment. Linux only. */
export class ProcessTable {
  readonly #stats: ReadonlyMap<number, ProcessStat>;
  readonly #parents: ReadonlyMap<number, number>;

  private constructor(stats: ReadonlyMap<number, ProcessStat>) {
    this.#stats = stats;
    this.#parents = new Map([...stats].map(([pid, { parent }]) => [pid, parent]));
  }

  static read(): ProcessTable {
    const stats = new Map<number, ProcessStat>();
    for (const name of readdirSync('/proc')) {
      const text = /^\d+$/.test(name) ? textOf(Number(name), 'stat') : undefined;
      if (text !== undefined) stats.set(Number(name), parseStat(text));
    }
    return new ProcessTable(stats);
  }

  /** CPU so far and peak resident memory of these processes and those that they have started, added up. */
  totalsOf(pids: readonly number[]): ProcessTotals {
    let [cpuSeconds, peakBytes] = [0, 0];
    for (const pid of withDescendants(pids, this.#parents)) {
      cpuSeconds += this.#stats.get(pid)?.cpuSeconds ?? 0;
      peakBytes += parsePeakBytes(textOf(pid, 'status') ?? '');
    }
    return { cpuSeconds, peakBytes };
  }
}

/** Undefined when the process has ended. */
function textOf(pid: number, file: 'stat' | 'status'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
