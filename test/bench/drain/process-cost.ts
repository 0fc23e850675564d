import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU in these for readers, whatever its own clock (USER_HZ). */
const TICKS_PER_SECOND = 100;

export type ProcessCost = {
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  /** The most memory that was ever resident. */
  readonly peakBytes: number;
  /** CPU-seconds by thread name, its number left out; of threads that still live. */
  readonly threads: ReadonlyMap<string, number>;
};

/** What a process has cost so far. Linux only. */
export function costOf(pid: number): ProcessCost {
  const threads = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const { name, cpuSeconds } = parseStat(textOf(`/proc/${pid}/task/${thread}/stat`));
    threads.set(name, (threads.get(name) ?? 0) + cpuSeconds);
  }
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1];
  return {
    cpuSeconds: parseStat(textOf(`/proc/${pid}/stat`)).cpuSeconds,
    peakBytes: Number(peak ?? 0) * 1024,
    threads,
  };
}

/** What came on top since `before`; the peak is that of the whole time. */
export function costSince(before: ProcessCost, after: ProcessCost): ProcessCost {
  const threads = Array.from(after.threads, ([name, cpuSeconds]): [string, number] => [
    name,
    cpuSeconds - (before.threads.get(name) ?? 0),
  ]);
  return { ...after, cpuSeconds: after.cpuSeconds - before.cpuSeconds, threads: new Map(threads) };
}

/** From the text of /proc/PID/stat or that of a thread. */
function parseStat(text: string): { readonly name: string; readonly cpuSeconds: number } {
  // The name, in parentheses, may hold anything; the fields after it are counted from the third.
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  const ticks = Number(fields[14 - 3]) + Number(fields[15 - 3]);
  const name = text.slice(text.indexOf('(') + 1, nameEnd).replace(/[-_#/ ]*\d+$/, '');
  return { name, cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** Empty when the process or thread has ended. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
