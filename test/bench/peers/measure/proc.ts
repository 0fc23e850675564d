/** The kernel counts CPU in these for readers, whatever its own clock (USER_HZ). */
const TICKS_PER_SECOND = 100;

export type ProcessStat = { readonly parent: number; readonly cpuSeconds: number };

/** From the text of /proc/PID/stat: user and system time of all its threads, and of its children that have ended. */
export function parseStat(text: string): ProcessStat {
  // The name, in parentheses, may hold anything; the fields after it are counted from the third.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { parent: field(4), cpuSeconds: (field(14) + field(15) + field(16) + field(17)) / TICKS_PER_SECOND };
}

/** From the text of /proc/PID/status: the most memory that was ever resident. 0 of a process that has just ended. */
export function parsePeakBytes(text: string): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** These processes and all that they have started, directly or not. */
export function withDescendants(roots: readonly number[], parents: ReadonlyMap<number, number>): Set<number> {
  const family = new Set(roots);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return family;
}
