import { spawn, type ChildProcess as Spawned, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export type NodeOptions = {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `pipe`, to be read with `output()`, or a file that it is appended to. */
  readonly output: 'pipe' | { readonly file: string };
};

/** A process of a contender, or of the benchmark itself. Ends with this process. */
export class ChildProcess {
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: Spawned;
  readonly #what: string;
  #isWanted = true;

  private constructor(child: Spawned, what: string) {
    this.#child = child;
    this.#what = what;
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        process.off('exit', kill);
        resolve(code ?? signal!);
      });
    });
  }

  /** This Node, with a script. */
  static node(script: string, { args = [], env = {}, output }: NodeOptions): ChildProcess {
    return ChildProcess.start(process.execPath, [...process.execArgv, script, ...args], { env, output });
  }

  static start(command: string, args: readonly string[], { env = {}, output }: NodeOptions): ChildProcess {
    const file = output === 'pipe' ? undefined : openSync(output.file, 'a');
    const stdio: StdioOptions = file === undefined ? ['ignore', 'pipe', 'inherit'] : ['ignore', file, file];
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio });
    if (file !== undefined) closeSync(file);
    const log = output === 'pipe' ? '' : ` (log: ${output.file})`;
    return new ChildProcess(child, `${args.find((arg) => !arg.startsWith('-')) ?? command}${log}`);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Rejects when it ends before it is told to. */
  async failed(): Promise<never> {
    const outcome = await this.ended;
    if (this.#isWanted) throw new Error(`${this.#what} ended with ${outcome}`);
    return new Promise<never>(() => undefined);
  }

  /** All that it writes until it ends. Rejects when it fails. */
  async output(): Promise<string> {
    const chunks: Buffer[] = [];
    this.#child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
    const outcome = await this.ended;
    if (outcome !== 0) throw new Error(`${this.#what} ended with ${outcome}`);
    return Buffer.concat(chunks).toString('utf8');
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#isWanted = false;
    this.#child.kill(signal);
    await this.ended;
  }
}
