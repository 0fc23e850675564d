import { UserError } from '@tillstream/runtime';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceProcess, type ServiceName } from './service-process.ts';

export type FleetOptions = {
  /** Of every process: where the servers are, and settings. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFolder: string;
  readonly onRestart?: (instance: string, outcome: number | NodeJS.Signals) => void;
};

const POLL_MS = 100;
const READY_WITHIN_MS = 180_000;
/** More restarts of one instance than this, one after the other, and it is given up: it would fail for ever. */
const MAX_RESTARTS_IN_A_ROW = 5;
/** An instance that has run for so long was well: its restarts are counted anew. Longer than a slow start that fails. */
const WELL_AFTER_MS = 60_000;

/** Keeps processes of the services running, as a cluster would: what ends by itself is started again. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #processes = new Map<string, ServiceProcess>();
  readonly #keepers: Promise<void>[] = [];
  readonly #failure = Promise.withResolvers<never>();
  #isStopping = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#failure.promise.catch(() => undefined);
  }

  /** Rejects when an instance ends again and again. */
  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  get processes(): readonly ServiceProcess[] {
    return [...this.#processes.values()];
  }

  of(service: ServiceName): readonly ServiceProcess[] {
    return this.processes.filter((process) => process.service === service);
  }

  /** Starts an instance and keeps it running until `stop`, or until it is retired. */
  start(service: ServiceName, instance: string, env: Readonly<Record<string, string>> = {}): void {
    this.#keepers.push(
      this.#keep(service, instance, env).catch((error: unknown) => this.#failure.reject(error as Error)),
    );
  }

  /** Has an instance drain and not come back. Resolves when it has ended. */
  async retire(instance: string): Promise<void> {
    const process = this.#processes.get(instance)!;
    this.#processes.delete(instance);
    process.signal('SIGTERM');
    await process.ended;
  }

  /** Waits until every worker has rebuilt its state. The generator has none, and may have ended by then. */
  async untilReady(): Promise<void> {
    const endsAt = performance.now() + READY_WITHIN_MS;
    const areReady = async (): Promise<boolean> => {
      const workers = this.processes.filter(({ service }) => service !== 'generator');
      const answers = await Promise.all(workers.map(async (process) => process.ask('/readyz')));
      return answers.every((answer) => answer?.ok === true);
    };
    while (!(await Promise.race([areReady(), this.failed]))) {
      if (performance.now() > endsAt) {
        throw new UserError(
          `not all workers were ready within ${READY_WITHIN_MS / 1000} s: see ${this.#options.logFolder}`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  /** Has all drain, and waits for them. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const process of this.processes) process.signal('SIGTERM');
    await Promise.all(this.#keepers);
  }

  async #keep(service: ServiceName, instance: string, env: Readonly<Record<string, string>>): Promise<void> {
    const logFile = join(this.#options.logFolder, `${instance}.log`);
    let lastWords = '';
    for (let restarts = 0; restarts <= MAX_RESTARTS_IN_A_ROW; restarts++) {
      const startedAt = performance.now();
      const process = new ServiceProcess({ service, instance, logFile, env: { ...this.#options.env, ...env } });
      this.#processes.set(instance, process);
      const outcome = await process.ended;
      // Retired, told to stop, or a generator that has sent everything.
      if (this.#isStopping || this.#processes.get(instance) !== process || outcome === 0) return;
      // Killed from outside says nothing about the instance itself.
      if (typeof outcome === 'string' || performance.now() - startedAt > WELL_AFTER_MS) restarts = 0;
      lastWords = process.lastWords();
      this.#options.onRestart?.(instance, outcome);
    }
    throw new UserError(`${instance} ends again and again: ${lastWords} (${logFile})`);
  }
}
