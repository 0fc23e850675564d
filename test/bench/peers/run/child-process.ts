import { tellingLine } from '@tillstream/stack';
import { spawn, type ChildProcess as Spawned, type StdioOptions } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export type NodeOptions = {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `pipe`, to be read with `nextLine()`, or a file that it is appended to. */
  readonly output: 'pipe' | { readonly file: string };
};

/** A process of a contender, or of the benchmark itself. Ends with this process. */
export class ChildProcess {
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: Spawned;
  readonly #what: string;
  readonly #logFile: string | undefined;
  readonly #lines: AsyncIterator<string> | undefined;
  #isWanted = true;

  private constructor(child: Spawned, what: string, logFile: string | undefined) {
    this.#logFile = logFile;
    this.#child = child;
    this.#what = what;
    if (child.stdout !== null) this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    // That nobody listens any more is told by its end.
    child.stdin?.on('error', () => undefined);
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
    const stdio: StdioOptions = file === undefined ? ['pipe', 'pipe', 'inherit'] : ['ignore', file, file];
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio });
    if (file !== undefined) closeSync(file);
    const what = args.find((arg) => !arg.startsWith('-')) ?? command;
    return new ChildProcess(child, what, output === 'pipe' ? undefined : output.file);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Rejects when it ends before it is told to. */
  async failed(): Promise<never> {
    const outcome = await this.ended;
    if (this.#isWanted) throw this.#failure(outcome);
    return new Promise<never>(() => undefined);
  }

  /** Of what it writes. Rejects when it ends before that. */
  async nextLine(): Promise<string> {
    const line = await this.#lines!.next();
    if (line.done === true) throw this.#failure(await this.ended);
    return line.value;
  }

  tell(line: string): void {
    this.#child.stdin!.write(line);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#isWanted = false;
    this.#child.kill(signal);
    await this.ended;
  }

  /** The log goes with the run, so what it says is in the error. */
  #failure(outcome: number | NodeJS.Signals): Error {
    const reason = this.#logFile === undefined ? '' : `: ${tellingLine(readFileSync(this.#logFile, 'utf8'))}`;
    return new Error(`${this.#what} ended with ${outcome}${reason}`);
  }
}
