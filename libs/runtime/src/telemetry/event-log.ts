import { DATASETS, PIPELINE_EVENT, RowBinaryWriter, TOPICS } from '@tillstream/inventory';
import type { Store } from '@tillstream/store';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Count } from './counts.ts';
import type { Telemetry } from './telemetry.ts';

/** The level says what the reader must do: ERROR act now, WARN look today, INFO lifecycle, METRICS figures. */
export type PipelineEvent = {
  readonly eventType: 'create_update' | 'update_progress' | 'dataset_definition' | 'flow_progress';
  readonly level: 'ERROR' | 'WARN' | 'INFO' | 'METRICS';
  readonly service: string;
  /** Empty when it is about the whole. */
  readonly dataset: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
};

export type EventLogOptions = {
  readonly store: Pick<Store, 'insert'>;
  readonly telemetry: Telemetry;
  /** How often progress is noted while there is any. */
  readonly everyMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** The table `pipeline_event`: lifecycle, lineage, and what flowed and which rules broke since the last note. */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #stopping = new AbortController();

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  async record(...events: readonly PipelineEvent[]): Promise<void> {
    if (events.length === 0) return;
    const writer = new RowBinaryWriter();
    for (const event of events) {
      writer.dateTime64(this.#options.now());
      writer.string(randomUUID());
      writer.string(event.eventType);
      writer.string(event.level);
      writer.string(event.service);
      writer.string(event.dataset);
      writer.string(event.message);
      writer.string(JSON.stringify(event.details));
      writer.endRow();
    }
    await this.#options.store.insert({ table: PIPELINE_EVENT, rows: writer.rows, bytes: writer.bytes() });
  }

  /** Notes progress until `stop`, and once more then. Rejects when the store does. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await sleep(this.#options.everyMs, undefined, { signal }).catch(() => undefined);
      await this.record(...progressEvents(this.#options.telemetry.takeCounts()));
    }
  }

  stop(): void {
    this.#stopping.abort();
  }
}

/** What the declaration says: one event for each dataset and topic, with what it is made from. */
export function lineageEvents(): readonly PipelineEvent[] {
  return [...DATASETS, ...TOPICS].map(({ name, comment, inputs, ...rest }) => ({
    eventType: 'dataset_definition',
    level: 'INFO',
    service: '',
    dataset: name,
    message: comment,
    details: { inputs, layer: 'layer' in rest ? rest.layer : 'topic' },
  }));
}

/** One event for each service and dataset that something happened to. */
function progressEvents(counts: readonly (Count & { readonly service: string })[]): readonly PipelineEvent[] {
  const byDataset = Map.groupBy(counts, ({ service, dataset }) => `${service} ${dataset}`);
  return [...byDataset.values()].map((ofDataset) => {
    const { service, dataset } = ofDataset[0]!;
    const plain = ofDataset.filter(({ rule }) => rule === undefined || rule === '');
    const metrics = Object.fromEntries(plain.map(({ name, value }) => [name, value]));
    const rules = ofDataset.filter(({ rule }) => rule !== undefined && rule !== '');
    const quality = rules.map(({ name, rule, value }) => ({ rule, [name]: value }));
    const message = plain.map(({ name, value }) => `${name} ${value}`).join(', ');
    return {
      eventType: 'flow_progress',
      level: 'METRICS',
      service,
      dataset,
      message: message === '' ? `${rules.length} rules counted` : message,
      details: { metrics, data_quality: quality },
    };
  });
}
