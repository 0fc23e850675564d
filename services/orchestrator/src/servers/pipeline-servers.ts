import { openKafkaLog, type Log } from '@tillstream/log';
import {
  clickHouseOptions,
  createTopics,
  EventLog,
  kafkaOptions,
  natsSecurity,
  oneLine,
  openNatsSignal,
  Roster,
  Telemetry,
  type Logger,
  type PipelineEvent,
  type Presence,
  type ServiceConfig,
} from '@tillstream/runtime';
import type { Signal } from '@tillstream/signal';
import { openClickHouseStore, storedEra, type Store } from '@tillstream/store';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFiles, type ReferenceFiles } from './load-files.ts';
import { measure } from './measure.ts';
import { RefreshWorker, type RefreshTask } from './refresh-work.ts';
import { UNKNOWN_SERVERS, type ServersSnapshot, type SetUpPart, type SetUpState } from './snapshot.ts';

export type PipelineServersOptions = {
  readonly config: ServiceConfig;
  readonly partitions: number;
  /** To be loaded at set-up; undefined when that was done, or there are none. */
  readonly referenceFiles: ReferenceFiles | undefined;
  readonly logger: Logger;
  /** Something else is known now. */
  readonly onChange: () => void;
};

const MEASURE_EVERY_MS = 15_000;
const RETRY_MS = 15_000;

/**
 * A pipeline's Kafka, ClickHouse and NATS as the operator sees them: makes topics, tables and reference data, then
 * measures on and on. It waits for servers that are away; whoever asks gets what is known at once.
 */
export class PipelineServers {
  readonly #options: PipelineServersOptions;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  readonly #refresher = new RefreshWorker((refresh) => this.#tell({ refresh }));
  #snapshot = UNKNOWN_SERVERS;
  #log: Log | undefined;
  #store: Store | undefined;
  #signal: Signal | undefined;
  #roster: Roster | undefined;
  #earlier: readonly Presence[] = [];

  constructor(options: PipelineServersOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  get snapshot(): ServersSnapshot {
    return this.#snapshot;
  }

  /** Undefined until there are connections. */
  get store(): Store | undefined {
    return this.#store;
  }

  get log(): Log | undefined {
    return this.#log;
  }

  /** Undefined also where the pipeline has no NATS. */
  get signal(): Signal | undefined {
    return this.#signal;
  }

  /** Has it done in the background; the snapshot says how it stands. */
  refresh(run: string, task: RefreshTask): void {
    const [store, log] = [this.#store, this.#log];
    if (store !== undefined && log !== undefined) this.#refresher.start(run, task, { store, log });
  }

  /** Into the event log, once it is there; what can't be written is lost there, and the objects' events have it too. */
  async record(...events: readonly PipelineEvent[]): Promise<void> {
    if (this.#store === undefined || this.#snapshot.setUp.state !== 'Done') return;
    const log = new EventLog({ store: this.#store, telemetry: NO_TELEMETRY, everyMs: MEASURE_EVERY_MS, now: Date.now });
    await log.record(...events).catch((error: unknown) => {
      this.#options.logger.warn({ reason: oneLine(error) }, 'the event log was not written');
    });
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    this.#roster?.close();
    await Promise.all([this.#signal?.close(), this.#store?.close(), this.#log?.close()]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted && !(await this.#setUp())) await this.#pause(RETRY_MS);
    while (!signal.aborted) {
      await this.#measure();
      await this.#pause(MEASURE_EVERY_MS);
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  async #setUp(): Promise<boolean> {
    const { config, partitions, referenceFiles, logger } = this.#options;
    let part: SetUpPart = 'Topics';
    try {
      this.#log ??= await openKafkaLog(kafkaOptions(config));
      await createTopics(this.#log, partitions);
      part = 'Storage';
      this.#tell({ setUp: pending('Connecting', 'connecting with ClickHouse') });
      this.#store ??= await this.#openStore();
      await this.#store.migrate();
      if (referenceFiles !== undefined) await loadFiles(this.#store, referenceFiles);
      await this.#openSignal();
      const era = await storedEra(this.#store);
      this.#tell({ setUp: { state: 'Done' }, referenceData: referenceFiles?.version, storedEra: era });
      return true;
    } catch (error) {
      if (this.#stopping.signal.aborted) return false;
      const reason = camelCase((error as { code?: unknown }).code);
      // One line for each new reason, not one for each attempt.
      const { setUp } = this.#snapshot;
      const isKnown = setUp.state === 'Failed' && setUp.message === oneLine(error);
      if (!isKnown) logger.warn({ part, reason: oneLine(error) }, 'set-up failed, and is tried again');
      this.#tell({ setUp: { state: 'Failed', part, reason, message: oneLine(error) } });
      return false;
    }
  }

  async #openStore(): Promise<Store> {
    return openClickHouseStore({
      ...clickHouseOptions(this.#options.config),
      signal: this.#stopping.signal,
      onWait: ({ over, code, reason }) => {
        if (this.#snapshot.setUp.state === 'Done') return;
        this.#tell({ setUp: over ? pending('Migrating', 'making tables') : pending(camelCase(code), reason) });
      },
    });
  }

  async #openSignal(): Promise<void> {
    const { config, logger } = this.#options;
    const { NATS_SERVERS: servers, TILLSTREAM_PIPELINE: pipeline } = config;
    if (servers === undefined || this.#signal !== undefined) return;
    const telemetry = new Telemetry(pipeline);
    const security = () => natsSecurity(config);
    this.#signal = await openNatsSignal({ pipeline, servers, name: 'orchestrator', security, telemetry, logger });
    this.#roster = new Roster({ signal: this.#signal, pipeline, now: () => performance.now() });
  }

  async #measure(): Promise<void> {
    const presences = this.#roster?.members() ?? [];
    try {
      const atMs = Date.now();
      const stages = await measure(this.#log!, presences, { earlier: this.#earlier, now: atMs });
      this.#earlier = presences;
      this.#tell({ measured: { atMs, stages }, trouble: undefined });
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#tell({ trouble: oneLine(error) });
    }
  }

  #tell(news: Partial<ServersSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...news };
    this.#options.onChange();
  }
}

const NO_TELEMETRY = new Telemetry('');

function pending(reason: string, message: string): SetUpState {
  return { state: 'Pending', part: 'Storage', reason, message };
}

/** Of an error's code, as reasons are written. */
function camelCase(code: unknown): string {
  if (typeof code !== 'string' || code === '') return 'SetUpFailed';
  return code
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
