import type { KubernetesObject } from '../kubernetes/object.ts';
import type { PipelineRun } from '../resources/pipeline-run.ts';
import type { DeploymentView, JobView, PodView } from '../resources/workload.ts';
import type { ScalingDecision } from '../scaling/index.ts';
import type { ServersSnapshot } from '../servers/snapshot.ts';
import { COMPONENT } from './labels.ts';
import type { SecretView } from './secrets.ts';
import type { StageDefaults } from './stage-defaults.ts';

/** Everything that a plan is made from, besides the Pipeline itself. */
export type Observed = {
  /** Epoch milliseconds. */
  readonly now: number;
  /** What whoever installed the operator decided. */
  readonly image: string;
  readonly defaults: StageDefaults;
  /** Those that the pipeline names and that are there. */
  readonly secrets: ReadonlyMap<string, SecretView>;
  /** What it names and is not there: `Secret x`, `ConfigMap y`. */
  readonly missing: readonly string[];
  /** Another Pipeline, older, on the same Kafka or ClickHouse. */
  readonly rival: string | undefined;
  /** By stage. */
  readonly deployments: ReadonlyMap<string, DeploymentView>;
  readonly budgets: ReadonlyMap<string, KubernetesObject>;
  readonly jobs: readonly JobView[];
  readonly pods: readonly PodView[];
  /** Of this pipeline, oldest first. */
  readonly runs: readonly PipelineRun[];
  readonly servers: ServersSnapshot;
  /** By stage, made for the number of pods that there are. */
  readonly scaling: ReadonlyMap<string, ScalingDecision>;
};

export function podsOf({ pods }: Observed, stage: string): readonly PodView[] {
  return pods.filter(({ metadata }) => metadata.labels?.[COMPONENT] === stage);
}
