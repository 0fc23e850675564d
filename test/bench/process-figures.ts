import { readFileSync, writeFileSync } from 'node:fs';

export type ProcessFigures = { readonly wallSeconds: number; readonly cpuSeconds: number; readonly peakBytes: number };

/** Measures this process from now on: wall time, CPU of all its threads, and the peak of its resident memory. */
export function startMeasuring(): () => ProcessFigures {
  resetPeak();
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      wallSeconds: (performance.now() - startedAt) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakBytes: peak(),
    };
  };
}

/** Linux keeps the peak since the last reset; elsewhere the present value stands in. */
function peak(): number {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
    if (match !== null) return Number(match[1]) * 1024;
  } catch {
    // No /proc: see below.
  }
  return process.memoryUsage().rss;
}

function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // No /proc: the peak is then that of the whole process.
  }
}
