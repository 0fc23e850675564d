import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export type Finished = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lastLine: string;
};

/** Where the real data lies when the project is checked out beside it. */
export const ONLINE_RETAIL = join(ROOT, '../shared/data/online-retail');

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a command of the project as its users do, without the package manager in between. */
export function start(
  command: 'demo' | 'sql',
  args: readonly string[],
): { child: ChildProcess; finished: Promise<Finished> } {
  const script = command === 'demo' ? 'services/demo/src/main.ts' : 'services/demo/src/sql-main.ts';
  const child = spawn(process.execPath, ['--conditions=@tillstream/source', script, ...args], {
    cwd: ROOT,
    // A group of its own: a distributed demo that is killed cannot end its servers itself.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' }));
  });
  onTestFinished(async () => {
    killGroup(child);
    await finished;
  });
  return { child, finished };
}

export async function run(command: 'demo' | 'sql', args: readonly string[]): Promise<Finished> {
  return start(command, args).finished;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // All have ended.
  }
}

/** Rows of a query on the store that a demo left. */
export async function query<Row>(data: string, sql: string): Promise<readonly Row[]> {
  const { code, stdout, stderr } = await run('sql', [sql, '--data', data, '--format', 'JSONEachRow']);
  if (code !== 0) throw new Error(stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}
