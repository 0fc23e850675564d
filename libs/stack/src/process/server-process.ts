import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { StackError } from '../stack-error.ts';
import { tellingLine } from './tools.ts';

const POLL_MS = 50;
/** After a kill Kafka reads its unflushed segments again. */
const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 30_000;

export type ServerCommand = {
  /** For messages: `Kafka 4.1.2`. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Beside this process's own variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output and error are appended to this file. */
  readonly logFile: string;
  /** True outlives this process; otherwise the server is killed when this process exits. */
  readonly detached: boolean;
};

/** A server that this process started. */
export type Server = {
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when it has ended, by whatever. */
  readonly ended: Promise<void>;
  /** Asks it to end and resolves when it has. Kills it when it does not end within 30 s. */
  stop(): Promise<void>;
  /** As kill -9: nothing is flushed by the server. Resolves when it is gone. */
  kill(): Promise<void>;
};

class ServerProcess implements Server {
  readonly pid: number;
  readonly logFile: string;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, pid: number, logFile: string) {
    this.#child = child;
    this.pid = pid;
    this.logFile = logFile;
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended: an exit code or the name of a signal; null while it runs. */
  get outcome(): number | string | null {
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  detach(): void {
    killedAtExit.delete(this.#child);
    this.#child.unref();
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const patience = new AbortController();
    const tooLate = delay(STOP_WITHIN_MS, true, { signal: patience.signal, ref: false }).catch(() => false);
    const wasTooLate = await Promise.race([this.ended.then(() => false), tooLate]);
    patience.abort();
    if (wasTooLate) await this.kill();
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/**
 * Starts a server and waits until `isReady`. Throws a `StackError` with the log's telling line when the server ends
 * before that, or is not ready within 120 s (it is killed then).
 */
export async function startServer(command: ServerCommand, isReady: () => Promise<boolean>): Promise<Server> {
  const logStart = existsSync(command.logFile) ? statSync(command.logFile).size : 0;
  const server = await spawnServer(command);
  const deadline = performance.now() + READY_WITHIN_MS;
  // Whoever answers at the port of a server that has ended is somebody else.
  while (!(await isReady()) || !server.isRunning) {
    const late = performance.now() > deadline;
    if (server.isRunning && !late) {
      await delay(POLL_MS);
      continue;
    }
    const what = server.isRunning ? `was not ready within ${READY_WITHIN_MS / 1000} s` : `ended with ${server.outcome}`;
    await server.kill();
    const said = tellingLine(readFileSync(command.logFile).subarray(logStart).toString());
    throw new StackError(`${command.title} ${what}: ${said} (log: ${command.logFile})`);
  }
  if (command.detached) server.detach();
  return server;
}

async function spawnServer({ title, command, args, env, logFile, detached }: ServerCommand): Promise<ServerProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { env: { ...process.env, ...env }, detached, stdio: ['ignore', log, log] });
  closeSync(log);
  const server = await new Promise<ServerProcess>((resolve, reject) => {
    child.once('error', (cause) => reject(new StackError(`${title} did not start: ${cause.message}`, { cause })));
    child.once('spawn', () => resolve(new ServerProcess(child, child.pid as number, logFile)));
  });
  // Also one that is to outlive this process: until it is ready, nobody else knows of it.
  killAtExit(child);
  return server;
}

const killedAtExit = new Set<ChildProcess>();

/** A test that is stopped half-way leaves no server behind. Before others' listeners: some of them remove folders. */
function killAtExit(child: ChildProcess): void {
  if (!process.listeners('exit').includes(killAll)) process.prependListener('exit', killAll);
  killedAtExit.add(child);
  child.once('exit', () => killedAtExit.delete(child));
}

/** Servers end when this process exits, which a signal alone does not let it do. For programs that have no other use of it. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
}

function killAll(): void {
  for (const child of killedAtExit) child.kill('SIGKILL');
}
