import type { Log, Position, TopicPartition } from '@tillstream/log';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from '../service/ports.ts';
import type { Worker } from '../worker/worker.ts';
import type { Telemetry } from './telemetry.ts';

export type LagWatchOptions = {
  readonly worker: Pick<Worker, 'status'>;
  readonly log: Pick<Log, 'offsets' | 'committed' | 'read'>;
  readonly telemetry: Pick<Telemetry, 'lag'>;
  readonly everyMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Where a partition's next record is to be done, and how many wait from there on. */
type Backlog = { readonly position: Position; readonly records: number };

/** Measures how far a worker is behind in the partitions that it holds: records, and the age of the oldest of them. */
export class LagWatch implements Task {
  readonly #options: LagWatchOptions;
  readonly #stopping = new AbortController();

  constructor(options: LagWatchOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // Brokers that are away are the worker's affair: it waits for them, or fails.
      await this.check().catch(() => undefined);
      await sleep(this.#options.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  async check(): Promise<void> {
    const { worker, log, telemetry, now } = this.#options;
    const { service, partitions } = worker.status();
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)];
    const backlogs = (
      await Promise.all(topics.map(async ([topic, held]) => this.#backlogs(service, topic, held)))
    ).flat();
    const records = backlogs.reduce((sum, backlog) => sum + backlog.records, 0);
    const longest = backlogs.toSorted((one, other) => other.records - one.records)[0];
    const oldest = longest === undefined || longest.records === 0 ? undefined : await log.read(longest.position, 1);
    // A till's clock may be ahead.
    const seconds = oldest === undefined ? 0 : Math.max(0, now() - oldest.timestamps[0]!) / 1000;
    telemetry.lag(service, { records, seconds });
  }

  async #backlogs(group: string, topic: string, held: readonly TopicPartition[]): Promise<readonly Backlog[]> {
    const { log } = this.#options;
    const [ranges, committed] = await Promise.all([log.offsets(topic), log.committed(group, topic)]);
    return held.map(({ partition }) => {
      const { start, end } = ranges[partition]!;
      const nextOffset = Math.max(start, committed[partition] ?? start);
      return { position: { topic, partition, nextOffset }, records: Math.max(0, end - nextOffset) };
    });
  }
}
