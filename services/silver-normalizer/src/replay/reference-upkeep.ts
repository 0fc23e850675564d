import type { Log } from '@tillstream/log';
import type { Task, Worker } from '@tillstream/runtime';
import type { Store } from '@tillstream/store';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SilverStage } from '../stage.ts';
import { replayQuarantine } from './quarantine-replay.ts';

export type ReferenceUpkeepOptions = {
  readonly worker: Pick<Worker, 'betweenTurns' | 'confirm' | 'status'>;
  readonly stage: Pick<SilverStage, 'reference' | 'reloadReference'>;
  readonly store: Store;
  readonly log: Log;
  readonly everyMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/**
 * Takes over reference data that was loaded while silver runs, and sends the records again that waited for it. By
 * itself, because a command may get lost: a worker that has missed one quarantines good records until it looks.
 */
export class ReferenceUpkeep implements Task {
  readonly #options: ReferenceUpkeepOptions;
  readonly #stopping = new AbortController();

  constructor(options: ReferenceUpkeepOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await sleep(this.#options.everyMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.check();
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  /**
   * Loads the reference data again, then replays. Between two turns: what was judged by the old data is in quarantine
   * by then, and nothing is missed. Resolves to the number of records that were sent again.
   */
  async check(): Promise<number> {
    const { worker, stage } = this.#options;
    return worker.betweenTurns(async () => {
      await stage.reloadReference(async () => worker.confirm());
      return this.#replay();
    });
  }

  /** Sends the records again that waited for what is known now. Resolves to their number. */
  async replay(): Promise<number> {
    return this.#options.worker.betweenTurns(async () => this.#replay());
  }

  /** Each worker sends again what came through its own partitions. */
  async #replay(): Promise<number> {
    const { worker, stage, store, log, now } = this.#options;
    const { partitions } = worker.status();
    return replayQuarantine({ store, log, reference: stage.reference, partitions, now: now() });
  }
}
