import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../services/orchestrator/src/main.ts', import.meta.url));

export type OperatorProcessOptions = {
  /** Of the pod. */
  readonly name: string;
  /** Of its Deployment, and so of its lease. */
  readonly deployment: string;
  readonly kubeconfig: string;
  readonly logFile: string;
  /** Where it serves `/metrics`; any when not given. */
  readonly healthPort?: number;
};

/** The operator as on a cluster, but outside of it. */
export class OperatorProcess implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<unknown>;
  readonly #inspector = Promise.withResolvers<string>();
  readonly #healthPort = Promise.withResolvers<number>();

  constructor({ name, deployment, kubeconfig, logFile, healthPort = 0 }: OperatorProcessOptions) {
    this.name = name;
    const env = {
      PATH: process.env['PATH'],
      KUBECONFIG: kubeconfig,
      POD_NAME: name,
      POD_NAMESPACE: 'default',
      OPERATOR_NAME: deployment,
      OPERATOR_IMAGE: 'localhost/tillstream:test',
      HEALTH_PORT: String(healthPort),
    };
    const command = ['--conditions=@tillstream/source', '--no-warnings', '--inspect=127.0.0.1:0', MAIN];
    this.#child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(logFile, { flags: 'a' });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.pipe(log, { end: false });
      createInterface(stream).on('line', (line) => this.#hear(line));
    }
    this.ended = once(this.#child, 'exit');
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resolves with the exit code, or null after a kill. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    await this.ended;
    return this.#child.exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Pipelines that it has looked at. */
  async reconciles(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${await this.#healthPort.promise}/metrics`);
    const line = /^tillstream_operator_reconciles_total\{outcome="done"\} (\d+)/m.exec(await response.text());
    return Number(line?.[1] ?? 0);
  }

  /** What of its heap is in use when nothing is left to be collected. */
  async heapBytes(): Promise<number> {
    const inspector = new WebSocket(await this.#inspector.promise);
    await once(inspector, 'open');
    const ask = async (method: string): Promise<{ readonly usedSize: number }> => {
      inspector.send(JSON.stringify({ id: 1, method }));
      const [{ data }] = (await once(inspector, 'message')) as [{ readonly data: string }];
      return (JSON.parse(data) as { readonly result: { readonly usedSize: number } }).result;
    };
    await ask('HeapProfiler.collectGarbage');
    const { usedSize } = await ask('Runtime.getHeapUsage');
    inspector.close();
    return usedSize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasEnded) await this.end('SIGKILL');
  }

  #hear(line: string): void {
    const inspector = /ws:\S+/.exec(line);
    if (line.startsWith('Debugger listening') && inspector !== null) this.#inspector.resolve(inspector[0]);
    const started = /"healthPort":(\d+)/.exec(line);
    if (started !== null) this.#healthPort.resolve(Number(started[1]));
  }
}
