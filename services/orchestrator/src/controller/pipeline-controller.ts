import { oneLine, type Logger, type PipelineEvent } from '@tillstream/runtime';
import type { OperatorMetrics, PipelineLabels } from '../operator-metrics.ts';
import { isCode } from '../kubernetes/api-error.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';
import { Applier, type DesiredObject } from '../kubernetes/applier.ts';
import type { EventRecorder, ObjectEvent } from '../kubernetes/event-recorder.ts';
import { DEPLOYMENTS, DISRUPTION_BUDGETS, JOBS, PIPELINE_RUNS, PIPELINES, PODS } from '../kubernetes/kinds.ts';
import { keyOf, type KubernetesObject, type ObjectName } from '../kubernetes/object.ts';
import { COMPONENT } from '../plan/labels.ts';
import type { Observed } from '../plan/observed.ts';
import { planPipeline, type Plan, type StagePlan } from '../plan/plan.ts';
import { activityOf } from '../plan/running.ts';
import type { StageDefaults } from '../plan/stage-defaults.ts';
import { workloadName } from '../plan/stages.ts';
import { parsePipeline, type Pipeline, type PipelineStatus } from '../resources/pipeline.ts';
import { resultOf } from '../resources/pipeline-run.ts';
import type { DeploymentView } from '../resources/workload.ts';
import { waiting } from '../runs/run-outcome.ts';
import { UNKNOWN_SERVERS } from '../servers/snapshot.ts';
import type { Caches } from './caches.ts';
import { performRun } from './perform-run.ts';
import { readReferences } from './references.ts';
import { rivalOf } from './rivals.ts';
import { ScalingNotes } from './scaling-notes.ts';
import type { ServersRegistry } from './servers-registry.ts';
import { RunsWriter } from './runs-writer.ts';
import { Written } from './written.ts';

export type PipelineControllerOptions = {
  readonly api: ApiServer;
  readonly caches: Caches;
  readonly servers: ServersRegistry;
  readonly events: EventRecorder;
  readonly metrics: OperatorMetrics;
  readonly image: string;
  readonly defaults: StageDefaults;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Looked at again after so long, whatever happens. */
const RESYNC_MS = 60_000;

/** Makes one Pipeline so, as far as it can now. Level-triggered: what counts is what is there, not what happened. */
export class PipelineController {
  readonly #options: PipelineControllerOptions;
  /** By the key of the Pipeline: what was applied is forgotten with it. */
  readonly #appliers = new Map<string, Applier>();
  readonly #scaling: ScalingNotes;
  readonly #statuses = new Written<PipelineStatus>();
  readonly #runs: RunsWriter;

  constructor(options: PipelineControllerOptions) {
    this.#options = options;
    this.#scaling = new ScalingNotes(options.api);
    this.#runs = new RunsWriter({ ...options, tell: async (pipeline, events) => this.#tell(pipeline, events) });
  }

  /** Gives the milliseconds after which it is to be looked at again. */
  async reconcile(key: string): Promise<number> {
    const { caches } = this.#options;
    const object = caches.pipelines.get(key);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return this.#gone(key);
    const parsed = parsePipeline(object);
    const pipeline = { ...parsed, status: this.#statuses.get(parsed) ?? parsed.status };
    const observed = await this.#observe(pipeline);
    const plan = planPipeline(pipeline, observed);
    await this.#runs.start(plan.createRun);
    for (const update of [...plan.cancelled, ...plan.runs.updates]) await this.#runs.write(pipeline, update);
    if (plan.mayTouch) await this.#applyWorkloads(pipeline, plan, observed);
    await this.#writeStatus(pipeline, plan);
    await this.#tell(pipeline, plan.events);
    await this.#scaling.note(pipeline, observed.now);
    await this.#perform(pipeline, plan);
    for (const run of plan.runs.forget) await this.#options.api.delete(PIPELINE_RUNS, run.metadata);
    this.#statuses.keep(caches.pipelines.all());
    this.#runs.keep(caches.runs.all());
    return nextLook(plan, observed.now);
  }

  async #gone(key: string): Promise<number> {
    const { caches, servers, metrics, now } = this.#options;
    await servers.forget(key);
    this.#scaling.forget(key);
    this.#appliers.delete(key);
    metrics.forget(labelsOf(key));
    const orphans = caches.of(PIPELINE_RUNS, caches.runs, key).map((run) => this.#runs.latest(run));
    for (const run of orphans.filter((one) => resultOf(one) === undefined)) {
      await this.#runs.note(waiting(run, now(), 'NotFound', `there is no Pipeline ${run.spec.pipeline}`));
    }
    return Infinity;
  }

  async #observe(pipeline: Pipeline): Promise<Observed> {
    const { api, caches, servers, image, defaults, now } = this.#options;
    const key = keyOf(pipeline.metadata);
    const references = await readReferences(api, pipeline);
    const rival = rivalOf(pipeline, caches.pipelines.all());
    const mayLook = references.missing.length === 0 && rival === undefined;
    if (!mayLook) await servers.forget(key);
    const { contents, referenceFiles, missing, secrets } = references;
    const snapshot = mayLook ? servers.look({ pipeline, secrets: contents, referenceFiles }) : NOT_LOOKED_AT;
    const runs = caches
      .of(PIPELINE_RUNS, caches.runs, key)
      .map((run) => this.#runs.latest(run))
      .toSorted((a, b) => byAge(a, b));
    const deployments = byStage(caches.of(DEPLOYMENTS, caches.deployments, key));
    const at = now();
    const scalers = await this.#scaling.of(pipeline, at);
    return {
      now: at,
      image,
      defaults,
      secrets,
      missing,
      rival,
      deployments,
      budgets: byStage(caches.of(DISRUPTION_BUDGETS, caches.budgets, key)),
      jobs: caches.of(JOBS, caches.jobs, key),
      pods: caches.of(PODS, caches.pods, key),
      runs,
      servers: snapshot,
      scaling: scalers.decide({
        pipeline,
        activity: activityOf(pipeline, runs),
        deployments,
        servers: snapshot,
        now: at,
      }),
    };
  }

  async #applyWorkloads(pipeline: Pipeline, plan: Plan, observed: Observed): Promise<void> {
    const applier = this.#applierOf(pipeline);
    for (const stage of plan.stages) await this.#applyStage(pipeline, stage, observed);
    for (const one of plan.others) await applier.apply(one, this.#found(one));
    for (const { kind, name } of plan.deletions) {
      await this.#options.api.delete(kind, name);
      applier.forget(kind, name);
    }
  }

  #applierOf({ metadata }: Pipeline): Applier {
    const key = keyOf(metadata);
    const applier = this.#appliers.get(key) ?? new Applier(this.#options.api);
    this.#appliers.set(key, applier);
    return applier;
  }

  /** First the number of pods, then the rest: a field that nobody says any more would fall back to its default. */
  async #applyStage(pipeline: Pipeline, plan: StagePlan, { deployments }: Observed): Promise<void> {
    const found = deployments.get(plan.stage.name);
    const applier = this.#applierOf(pipeline);
    if (found === undefined) return applier.apply(plan.initial, undefined);
    await this.#scale(pipeline, plan, found);
    await applier.apply(plan.existing, found);
  }

  /** Also when nobody but the operator's own first apply has said a number: the next one would drop it. */
  async #scale({ metadata }: Pipeline, { stage, replicas }: StagePlan, found: DeploymentView): Promise<void> {
    const isWanted = replicas !== undefined && replicas !== found.wantedReplicas;
    if (found.isReplicasKept && !isWanted) return;
    const name: ObjectName = { namespace: metadata.namespace, name: workloadName(metadata.name, stage.name) };
    const scaled = { metadata: name, spec: { replicas: replicas ?? found.wantedReplicas } };
    await this.#options.api.apply(DEPLOYMENTS, scaled, 'tillstream-autoscaler');
  }

  #found({ kind, object }: DesiredObject): KubernetesObject | undefined {
    const { caches } = this.#options;
    const cache = [caches.deployments, caches.jobs, caches.budgets][
      [DEPLOYMENTS, JOBS, DISRUPTION_BUDGETS].indexOf(kind)
    ];
    return cache?.get(keyOf(object.metadata));
  }

  async #writeStatus({ metadata, status: before }: Pipeline, { status }: Plan): Promise<void> {
    this.#export(metadata, status);
    if (JSON.stringify(before) === JSON.stringify(status)) return;
    const { name, namespace } = metadata;
    const object = { metadata: { name, namespace }, status };
    await this.#options.api.apply(PIPELINES, object, 'tillstream-operator', { part: 'status' });
    this.#statuses.set({ metadata }, status);
  }

  #export({ namespace, name }: ObjectName, { conditions = [], stages = [] }: PipelineStatus): void {
    const find = (type: string) => conditions.find((condition) => condition.type === type);
    const active = find('ScalingActive');
    const limited = find('ScalingLimited');
    this.#options.metrics.pipeline(
      { namespace, pipeline: name },
      {
        isReady: find('Ready')?.status === 'True',
        isScalingActive: active === undefined || active.status === 'Unknown' ? undefined : active.status === 'True',
        limitedBy: limited?.status === 'True' ? limited.reason : undefined,
        stages: stages.map((one) => ({
          name: one.name,
          desired: one.desiredReplicas ?? 0,
          ready: one.readyReplicas ?? 0,
          lagSeconds: one.lagSeconds,
          recommended: one.recommendedReplicas,
        })),
      },
    );
  }

  /** As events of the object, and in the pipeline's own event log. */
  async #tell(pipeline: Pipeline, events: readonly ObjectEvent[]): Promise<void> {
    const { metrics, servers, logger } = this.#options;
    const { namespace, name } = pipeline.metadata;
    const told = await this.#options.events.record(pipeline, events);
    for (const { type, reason, message } of told)
      logger.info({ pipeline: keyOf(pipeline.metadata), type, reason }, message);
    for (const { reason } of told) metrics.told({ namespace, pipeline: name }, reason);
    await servers.get(keyOf(pipeline.metadata))?.record(...told.map(logged));
  }

  async #perform(pipeline: Pipeline, plan: Plan): Promise<void> {
    const { api, servers, now } = this.#options;
    const { active, work, perform: run } = plan.runs;
    if (work !== undefined) servers.get(keyOf(pipeline.metadata))?.refresh(active!.metadata.uid, work);
    if (run === undefined) return;
    const find = async ({ kind, object }: DesiredObject): Promise<KubernetesObject | undefined> => {
      return api.get(kind, object.metadata).catch((error: unknown) => {
        if (isCode(error, 404)) return undefined;
        throw error;
      });
    };
    const context = { pipeline, plan, api, servers: servers.get(keyOf(pipeline.metadata)), find, now: now() };
    await this.#runs.write(pipeline, await performRun(run, context));
  }
}

function labelsOf(key: string): PipelineLabels {
  const [namespace, pipeline] = key.split('/') as [string, string];
  return { namespace, pipeline };
}

const NOT_LOOKED_AT: Observed['servers'] = {
  ...UNKNOWN_SERVERS,
  setUp: { state: 'Pending', part: 'Topics', reason: 'NotAccepted', message: 'the pipeline is not accepted' },
};

function nextLook({ status, runs }: Plan, now: number): number {
  // A run's steps follow each other.
  if (runs.updates.length > 0) return 2000;
  const { nextScheduleTime } = status;
  const due = nextScheduleTime === undefined ? Infinity : Date.parse(nextScheduleTime) - now;
  return Math.max(0, Math.min(RESYNC_MS, due));
}

function byAge(a: KubernetesObject, b: KubernetesObject): number {
  return (
    a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
    a.metadata.name.localeCompare(b.metadata.name)
  );
}

function byStage<View extends KubernetesObject>(views: readonly View[]): ReadonlyMap<string, View> {
  return new Map(views.map((view) => [view.metadata.labels?.[COMPONENT] ?? '', view]));
}

function logged({ type, reason, action, message }: ObjectEvent): PipelineEvent {
  return {
    eventType: 'update_progress',
    level: type === 'Warning' ? 'WARN' : 'INFO',
    service: 'orchestrator',
    dataset: '',
    message: oneLine(message),
    details: { reason, action },
  };
}
