import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type MainRun = { readonly code: number; readonly output: string };

/** Runs the command line of the simulation in a process of its own: planted bugs have to come before any import. */
export async function runMain(...options: readonly string[]): Promise<MainRun> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const parameters = ['--conditions=@tillstream/source', '--no-warnings', main, ...options];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, parameters, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}
