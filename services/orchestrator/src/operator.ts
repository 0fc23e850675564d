import { oneLine, type Logger, type Task } from '@tillstream/runtime';
import { Caches } from './controller/caches.ts';
import { PipelineController, type PipelineControllerOptions } from './controller/pipeline-controller.ts';
import { ServersRegistry } from './controller/servers-registry.ts';
import type { ApiServer } from './kubernetes/api-server.ts';
import { EventRecorder } from './kubernetes/event-recorder.ts';
import { KeyQueue } from './kubernetes/key-queue.ts';
import type { ReflectorTimings } from './kubernetes/reflector.ts';

export type OperatorOptions = Pick<PipelineControllerOptions, 'metrics' | 'image' | 'defaults' | 'now'> & {
  readonly api: ApiServer;
  /** None: all. */
  readonly namespaces: readonly string[];
  readonly instance: string;
  readonly logger: Logger;
  readonly timings?: Partial<ReflectorTimings>;
};

/** Pipelines that are looked at at a time. */
const CONCURRENCY = 8;
/** Changes come in crowds. */
const GATHER_MS = 100;

/** What the leader does: follows the cluster, and makes every Pipeline so. */
export class Operator implements Task {
  readonly #logger: Logger;
  readonly #caches: Caches;
  readonly #servers: ServersRegistry;
  readonly #queue: KeyQueue;

  constructor(options: OperatorOptions) {
    const { api, logger, metrics, now } = options;
    this.#logger = logger;
    const onChange = (key: string): void => this.#queue.addSoon(key, GATHER_MS);
    this.#caches = new Caches({
      ...options,
      onChange,
      onRestart: (kind, reason) => metrics.watchRestarted(kind, reason),
    });
    this.#servers = new ServersRegistry(onChange, logger);
    const events = new EventRecorder({ api, instance: options.instance, logger, now });
    const controller = new PipelineController({ ...options, caches: this.#caches, servers: this.#servers, events });
    this.#queue = new KeyQueue({
      concurrency: CONCURRENCY,
      handle: async (key) => {
        const startedAt = performance.now();
        const againInMs = await controller.reconcile(key);
        metrics.reconciled('done', (performance.now() - startedAt) / 1000);
        return againInMs;
      },
      onError: (key, error, againInMs) => {
        metrics.reconciled('failed', 0);
        logger.warn(
          { pipeline: key, reason: oneLine(error), againInMs: Math.round(againInMs) },
          'was not done, and is tried again',
        );
      },
    });
  }

  get queueDepth(): number {
    return this.#queue.depth;
  }

  /** Since the most silent watch was heard of; the API server may be away for a while. */
  get silentMs(): number {
    return this.#caches.silentMs;
  }

  async run(): Promise<void> {
    const following = this.#caches.run();
    await Promise.race([this.#caches.synced(), following]);
    this.#logger.info('follows the cluster');
    await Promise.all([following, this.#queue.run()]);
    await this.#servers.close();
  }

  /** Finishes the Pipelines in hand. */
  stop(): void {
    this.#caches.stop();
    this.#queue.stop();
  }
}
