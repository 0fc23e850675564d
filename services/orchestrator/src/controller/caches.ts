import type { Logger, Task } from '@tillstream/runtime';
import type { ApiServer } from '../kubernetes/api-server.ts';
import { DEPLOYMENTS, DISRUPTION_BUDGETS, JOBS, PIPELINE_RUNS, PIPELINES, PODS } from '../kubernetes/kinds.ts';
import { keyOf, type KubernetesObject, type ResourceKind } from '../kubernetes/object.ts';
import { Reflector, type ReflectorTimings } from '../kubernetes/reflector.ts';
import { MANAGED_BY, OPERATOR, PIPELINE } from '../plan/labels.ts';
import { parsePipelineRun, type PipelineRun } from '../resources/pipeline-run.ts';
import {
  readDeployment,
  readJob,
  readPod,
  type DeploymentView,
  type JobView,
  type PodView,
} from '../resources/workload.ts';

export type CachesOptions = {
  readonly api: ApiServer;
  /** None: all. */
  readonly namespaces: readonly string[];
  /** Something of the Pipeline with this key is not what it was. */
  readonly onChange: (key: string) => void;
  readonly onRestart: (kind: string, reason: string) => void;
  readonly logger: Logger;
  readonly timings?: Partial<ReflectorTimings>;
};

/** Objects of one kind, in all namespaces that are looked after. */
class Cache<View extends KubernetesObject> {
  readonly reflectors: readonly Reflector<View>[];

  constructor(reflectors: readonly Reflector<View>[]) {
    this.reflectors = reflectors;
  }

  get(key: string): View | undefined {
    return this.reflectors.map((reflector) => reflector.get(key)).find((view) => view !== undefined);
  }

  all(): readonly View[] {
    return this.reflectors.flatMap((reflector) => reflector.all());
  }
}

/** Copies of everything that plans are made from, and whom a change concerns. */
export class Caches implements Task {
  readonly pipelines: Cache<KubernetesObject>;
  readonly runs: Cache<PipelineRun>;
  readonly deployments: Cache<DeploymentView>;
  readonly jobs: Cache<JobView>;
  readonly pods: Cache<PodView>;
  readonly budgets: Cache<KubernetesObject>;
  readonly #options: CachesOptions;
  /** What belongs to a Pipeline, by its key. */
  readonly #owned = new Map<ResourceKind, Map<string, Set<string>>>();

  constructor(options: CachesOptions) {
    this.#options = options;
    this.pipelines = this.#cache(
      PIPELINES,
      (object) => object,
      (object) => keyOf(object.metadata),
      isOtherPipeline,
    );
    this.runs = this.#cache(PIPELINE_RUNS, parsePipelineRun, ({ metadata, spec }) => {
      return keyOf({ namespace: metadata.namespace, name: spec.pipeline });
    });
    this.deployments = this.#cache(DEPLOYMENTS, readDeployment, ownerKey);
    this.jobs = this.#cache(JOBS, readJob, ownerKey);
    this.pods = this.#cache(PODS, readPod, ownerKey);
    this.budgets = this.#cache(DISRUPTION_BUDGETS, ({ metadata }) => ({ metadata }), ownerKey);
  }

  /** What of a kind belongs to a Pipeline. */
  of<View extends KubernetesObject>(kind: ResourceKind, cache: Cache<View>, pipelineKey: string): readonly View[] {
    const keys = this.#owned.get(kind)?.get(pipelineKey) ?? [];
    return Array.from(keys, (key) => cache.get(key)).filter((view) => view !== undefined);
  }

  /** Of the watch that has been silent for the longest. */
  get silentMs(): number {
    return Math.max(...this.#reflectors().map(({ silentMs }) => silentMs));
  }

  /** Resolves when everything is known. */
  async synced(): Promise<void> {
    await Promise.all(this.#reflectors().map(async (reflector) => reflector.synced));
  }

  async run(): Promise<void> {
    await Promise.all(this.#reflectors().map(async (reflector) => reflector.run()));
  }

  stop(): void {
    for (const reflector of this.#reflectors()) reflector.stop();
  }

  #reflectors(): readonly Reflector<KubernetesObject>[] {
    const caches = [this.pipelines, this.runs, this.deployments, this.jobs, this.pods, this.budgets];
    return caches.flatMap(({ reflectors }) => reflectors as readonly Reflector<KubernetesObject>[]);
  }

  #cache<View extends KubernetesObject>(
    kind: ResourceKind,
    read: (object: KubernetesObject) => View,
    pipelineOf: (view: View) => string | undefined,
    isNews: (now: View, before: View) => boolean = () => true,
  ): Cache<View> {
    const { api, namespaces, logger, onChange, onRestart, timings = {} } = this.#options;
    const isOurs = kind === PIPELINES || kind === PIPELINE_RUNS;
    const labelSelector = isOurs ? undefined : `${MANAGED_BY}=${OPERATOR}`;
    const where = namespaces.length === 0 ? [undefined] : namespaces;
    const owned = new Map<string, Set<string>>();
    this.#owned.set(kind, owned);
    const note = (view: View, isThere: boolean): string | undefined => {
      const pipeline = pipelineOf(view);
      if (pipeline !== undefined) index(owned, pipeline, keyOf(view.metadata), isThere);
      return pipeline;
    };
    const reflectors = where.map((namespace) => {
      return new Reflector<View>({
        api,
        selection: { kind, namespace, labelSelector },
        read,
        onChange: (now, before) => {
          const pipeline = note((now ?? before)!, now !== undefined);
          if (pipeline === undefined) return;
          if (now === undefined || before === undefined || isNews(now, before)) onChange(pipeline);
        },
        onRestart: (reason) => onRestart(kind.kind, reason),
        logger,
        timings,
      });
    });
    return new Cache(reflectors);
  }
}

function index(owned: Map<string, Set<string>>, pipeline: string, key: string, isThere: boolean): void {
  const keys = owned.get(pipeline) ?? new Set();
  if (isThere) keys.add(key);
  else keys.delete(key);
  if (keys.size === 0) owned.delete(pipeline);
  else owned.set(pipeline, keys);
}

function ownerKey({ metadata: { namespace, labels } }: KubernetesObject): string | undefined {
  const name = labels?.[PIPELINE];
  return name === undefined ? undefined : keyOf({ namespace, name });
}

/** The status of a Pipeline is written by the operator itself. */
function isOtherPipeline({ metadata: now }: KubernetesObject, { metadata: before }: KubernetesObject): boolean {
  return (
    now.uid !== before.uid ||
    now.generation !== before.generation ||
    now.deletionTimestamp !== before.deletionTimestamp ||
    JSON.stringify(now.annotations) !== JSON.stringify(before.annotations)
  );
}
