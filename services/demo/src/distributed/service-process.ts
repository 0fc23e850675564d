import { compileCacheEnvironment } from '@tillstream/stack';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type ServiceName = 'generator' | 'bronze-ingester' | 'silver-normalizer' | 'gold-aggregator' | 'standalone';

export type ServiceProcessOptions = {
  readonly service: ServiceName;
  readonly instance: string;
  readonly env: Readonly<Record<string, string>>;
  /** Gets what the process writes, one JSON line after the other. */
  readonly logFile: string;
};

/** A service as a process of its own. Ends with this process. */
export class ServiceProcess {
  readonly service: ServiceName;
  readonly instance: string;
  readonly logFile: string;
  readonly #child: ChildProcess;
  /** Of this process's lines in the log file. */
  readonly #logStart: number;
  #healthPort: string | undefined;
  /** Resolves to the exit code, or to the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;

  constructor({ service, instance, env, logFile }: ServiceProcessOptions) {
    this.service = service;
    this.instance = instance;
    this.logFile = logFile;
    const log = openSync(logFile, 'a');
    this.#logStart = statSync(logFile).size;
    this.#child = spawn(process.execPath, [...process.execArgv, mainOf(service)], {
      env: { ...compileCacheEnvironment(), ...process.env, ...env, TILLSTREAM_INSTANCE: instance, HEALTH_PORT: '0' },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const kill = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => {
        process.off('exit', kill);
        resolve(code ?? signal!);
      });
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** `SIGTERM` drains, `SIGKILL` is a crash, `SIGSTOP` makes a zombie and `SIGCONT` wakes it up. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What the process has written. */
  output(): string {
    return readFileSync(this.logFile).subarray(this.#logStart).toString('utf8');
  }

  /** Where it serves health and metrics, once it has said so. */
  get healthPort(): number | undefined {
    this.#healthPort ??= /"healthPort":(\d+)/.exec(this.output())?.[1];
    return this.#healthPort === undefined ? undefined : Number(this.#healthPort);
  }

  /** Why it ended, in its own words; its last line when it had no time to say why. */
  lastWords(): string {
    const line = this.output().trimEnd().split('\n').at(-1) ?? '';
    return /"msg":"(?:ends: )?((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line;
  }

  /** The text of `/metrics`; empty when the process does not answer. */
  async metrics(): Promise<string> {
    return (await (await this.ask('/metrics'))?.text()) ?? '';
  }

  /** Asks the health server; undefined when it does not answer. */
  async ask(path: '/healthz' | '/readyz' | '/metrics'): Promise<Response | undefined> {
    const port = this.healthPort;
    if (port === undefined) return undefined;
    return fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  }
}

function mainOf(service: ServiceName): string {
  return fileURLToPath(new URL('./main.ts', import.meta.resolve(`@tillstream/${service}`)));
}
