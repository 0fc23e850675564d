import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { StackError } from '../stack-error.ts';
import { tellingLine } from './tools.ts';

const POLL_MS = 50;
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 30_000;

export type ServerCommand = {
  /** For messages: `Kafka 4.1.2`. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Standard output and error are appended to this file. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  /** True outlives this process; otherwise the server is killed when this process exits. */
  readonly detached: boolean;
};

/** A server that this process started. */
export class ServerProcess {
  readonly pid: number;
  /** Resolves when the process has ended, whatever ended it. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended: an exit code or the name of a signal; null while it runs. */
  get outcome(): number | string | null {
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  /** Asks it to end and waits for that. Kills it when it does not within 30 s. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const patience = new AbortController();
    const tooLate = delay(STOP_WITHIN_MS, true, { signal: patience.signal, ref: false }).catch(() => false);
    const wasTooLate = await Promise.race([this.ended.then(() => false), tooLate]);
    patience.abort();
    if (wasTooLate) await this.kill();
  }

  /** As a crash: no warning, nothing flushed by the server. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/**
 * Starts a server and waits until `isReady`. Throws a `StackError` with the log's telling line when the server ends
 * before that, or is not ready within 60 s (it is killed then).
 */
export async function startServer(server: ServerCommand, isReady: () => Promise<boolean>): Promise<ServerProcess> {
  const log = openSync(server.logFile, 'a');
  const logStart = statSync(server.logFile).size;
  const child = spawn(server.command, server.args, {
    env: server.env ?? process.env,
    detached: server.detached,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const spawned = await new Promise<ServerProcess>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new StackError(`${server.title} did not start: ${cause.message}`, { cause })),
    );
    child.once('spawn', () => resolve(new ServerProcess(child, child.pid as number)));
  });
  if (server.detached) child.unref();
  else killAtExit(child);

  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isReady())) {
    const late = performance.now() > deadline;
    if (spawned.isRunning && !late) {
      await delay(POLL_MS);
      continue;
    }
    if (late) await spawned.kill();
    const what = late ? `was not ready within ${READY_WITHIN_MS / 1000} s` : `ended with ${spawned.outcome}`;
    const said = tellingLine(readFileSync(server.logFile).subarray(logStart).toString());
    throw new StackError(`${server.title} ${what}: ${said} (log: ${server.logFile})`);
  }
  return spawned;
}

const killedAtExit = new Set<ChildProcess>();

/** A test that is stopped half-way leaves no server behind. */
function killAtExit(child: ChildProcess): void {
  if (killedAtExit.size === 0) {
    process.once('exit', () => {
      for (const other of killedAtExit) other.kill('SIGKILL');
    });
  }
  killedAtExit.add(child);
  child.once('exit', () => killedAtExit.delete(child));
}
