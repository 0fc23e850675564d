import { globSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { KERNEL_SETTINGS } from './isolate.ts';
import { layoutOf } from './layout.ts';

/** What a cluster might leave on the machine, or change there. */
export type Traces = {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly controlGroups: readonly string[];
  readonly interfaces: readonly string[];
  readonly kernelSettings: readonly string[];
};

/** What is there now of the cluster in this folder, or of the machine that a cluster could touch. */
export function tracesOf(folder: string): Traces {
  const settings = [...Object.keys(KERNEL_SETTINGS), 'net/ipv4/ip_forward'];
  return {
    processes: processesOf(folder).map(({ command }) => command),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(folder) || line.includes(' tillstream ')),
    controlGroups: globSync(`/sys/fs/cgroup/{,*/}${layoutOf(folder).controlGroup}`),
    interfaces: Object.keys(networkInterfaces()),
    kernelSettings: settings.map((name) => `${name}=${readFileSync(`/proc/sys/${name}`, 'utf8').trim()}`),
  };
}

/** The processes whose command line names the folder, wherever they run. */
export function processesOf(folder: string): { readonly pid: number; readonly command: string }[] {
  const own = process.pid;
  return globSync('/proc/[0-9]*/cmdline').flatMap((file) => {
    const pid = Number(file.split('/')[2]);
    const command = commandLine(file);
    return pid !== own && command.includes(folder) ? [{ pid, command }] : [];
  });
}

/** Empty for one that has just ended. */
function commandLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
