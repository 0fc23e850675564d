import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../services/orchestrator/src/main.ts', import.meta.url));

export type OperatorProcessOptions = {
  readonly name: string;
  readonly kubeconfig: string;
  readonly logFile: string;
  /** Where it serves `/metrics`; any when not given. */
  readonly healthPort?: number;
};

/** The operator as on a cluster, but outside of it. */
export class OperatorProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor({ name, kubeconfig, logFile, healthPort = 0 }: OperatorProcessOptions) {
    const env = {
      PATH: process.env['PATH'],
      KUBECONFIG: kubeconfig,
      POD_NAME: name,
      POD_NAMESPACE: 'default',
      OPERATOR_IMAGE: 'localhost/tillstream:test',
      HEALTH_PORT: String(healthPort),
    };
    const command = ['--conditions=@tillstream/source', '--no-warnings', MAIN];
    this.#child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(logFile, { flags: 'a' });
    this.#child.stdout!.pipe(log, { end: false });
    this.#child.stderr!.pipe(log, { end: false });
    this.#ended = once(this.#child, 'exit');
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resolves with the exit code, or null after a kill. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    await this.#ended;
    return this.#child.exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasEnded) await this.end('SIGKILL');
  }
}
