import { isPaused, PAUSE_SCALING } from '../plan/labels.ts';
import { isAutoscaled, type Activity } from '../plan/running.ts';
import { GOLD, WORKER_STAGES, type WorkerStage } from '../plan/stages.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { DeploymentView } from '../resources/workload.ts';
import {
  decideScaling,
  restoreScalingMemory,
  type GroupState,
  type ScalingDecision,
  type ScalingInput,
  type ScalingMemory,
} from '../scaling/index.ts';
import type { ServersSnapshot, StageMeasure } from '../servers/snapshot.ts';

export type ScalersInput = {
  readonly pipeline: Pipeline;
  readonly activity: Activity;
  readonly deployments: ReadonlyMap<string, DeploymentView>;
  readonly servers: ServersSnapshot;
  readonly now: number;
};

type Known = {
  readonly tick: number;
  readonly replicas: number;
  readonly decision: ScalingDecision;
  readonly memory: ScalingMemory;
};

/** The autoscalers of one pipeline's stages: each thinks once per measure, and remembers. */
export class Scalers {
  readonly #known = new Map<string, Known>();
  readonly #kept: Readonly<Record<string, string>>;

  /** `kept` is what `memory` gave before a restart of the operator. */
  constructor(kept: Readonly<Record<string, string>>) {
    this.#kept = kept;
  }

  /** By stage; only those that were made for the number of pods that there are now. */
  decide(input: ScalersInput): ReadonlyMap<string, ScalingDecision> {
    for (const stage of WORKER_STAGES) this.#tick(input, stage);
    const valid = [...this.#known].filter(([name, { replicas }]) => {
      return input.deployments.get(name)?.wantedReplicas === replicas;
    });
    return new Map(valid.map(([name, { decision }]) => [name, decision]));
  }

  /** By stage, as text to be kept. */
  memory(): Readonly<Record<string, string>> {
    return Object.fromEntries(Array.from(this.#known, ([name, { memory }]) => [name, JSON.stringify(memory)]));
  }

  /** Why gold could not take more than it gets, by its last decision. */
  #goldsTrouble({ pipeline }: ScalersInput): string | undefined {
    const { figures, conditions = [] } = this.#known.get(GOLD.name)?.decision ?? {};
    const limited = conditions.find(({ type, status }) => type === 'ScalingLimited' && status === 'True');
    const lagSeconds = figures?.lagSeconds ?? 0;
    if (limited === undefined || lagSeconds <= pipeline.spec.stages.gold.scaling.lagTargetSeconds) return undefined;
    return `records wait ${Math.round(lagSeconds)} s for ${GOLD.name}, which is limited: ${limited.reason}`;
  }

  #tick(input: ScalersInput, stage: WorkerStage): void {
    const { servers, deployments } = input;
    const deployment = deployments.get(stage.name);
    const tick = servers.measured?.atMs;
    const known = this.#known.get(stage.name);
    if (deployment === undefined || tick === undefined || known?.tick === tick) return;
    const before = known?.memory ?? restoreScalingMemory(this.#kept[stage.name]);
    const downstream = stage.field === 'silver' ? this.#goldsTrouble(input) : undefined;
    const { decision, memory } = decideScaling({ ...inputOf(input, stage, deployment), downstream }, before);
    this.#known.set(stage.name, { tick, replicas: deployment.wantedReplicas, decision, memory });
  }
}

function inputOf(
  { pipeline, activity, servers, now }: ScalersInput,
  stage: WorkerStage,
  deployment: DeploymentView,
): ScalingInput {
  const { spec } = pipeline;
  const { replicas, scaling } = spec.stages[stage.field];
  const measured = servers.measured!;
  const measure = measured.stages.get(stage.name)!;
  return {
    atMs: now,
    policy: { ...scaling, policy: isAutoscaled(pipeline, stage) ? 'Auto' : 'RecommendOnly' },
    limits: { min: Math.max(1, replicas.min), max: Math.min(replicas.max, spec.kafka.partitions) },
    paused: pauseOf(pipeline, activity, now),
    workload: {
      replicas: deployment.wantedReplicas,
      readyPods: deployment.readyReplicas,
      rolloutRunning:
        deployment.updatedReplicas < deployment.replicas ||
        deployment.observedGeneration < (deployment.metadata.generation ?? 0),
    },
    metrics:
      servers.trouble !== undefined
        ? undefined
        : {
            measuredAtMs: measured.atMs,
            // Without NATS nobody hears pods: offsets alone say how far they are.
            group: spec.nats === undefined ? 'Stable' : groupOf(measure),
            partitions: measure.partitions,
            busyRatios: measure.busyRatios,
          },
  };
}

function pauseOf(pipeline: Pipeline, activity: Activity, now: number): string | undefined {
  if (activity !== 'Run') return 'the stage is not running';
  return isPaused(pipeline, PAUSE_SCALING, now) ? `${PAUSE_SCALING} says so` : undefined;
}

/** By what the pods say of themselves. */
function groupOf({ presences }: StageMeasure): GroupState {
  if (presences.length === 0) return 'Unknown';
  const isMoving = presences.some(({ state }) => state === 'starting' || state === 'recovering');
  return isMoving ? 'PreparingRebalance' : 'Stable';
}
