import { readdirSync, readFileSync } from 'node:fs';
import { parsePeakBytes, parseStat, withDescendants, type ProcessStat } from './proc.ts';

export type ProcessTotals = { readonly cpuSeconds: number; readonly peakBytes: number };

/** CPU so far and peak resident memory of these processes and those that they have started, added up. Linux only. */
export function totalsOf(pids: readonly number[]): ProcessTotals {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    const text = /^\d+$/.test(name) ? textOf(Number(name), 'stat') : undefined;
    if (text !== undefined) stats.set(Number(name), parseStat(text));
  }
  const family = withDescendants(pids, new Map([...stats].map(([pid, { parent }]) => [pid, parent])));
  let [cpuSeconds, peakBytes] = [0, 0];
  for (const pid of family) {
    cpuSeconds += stats.get(pid)?.cpuSeconds ?? 0;
    peakBytes += parsePeakBytes(textOf(pid, 'status') ?? '');
  }
  return { cpuSeconds, peakBytes };
}

/** Undefined when the process has ended. */
function textOf(pid: number, file: 'stat' | 'status'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
