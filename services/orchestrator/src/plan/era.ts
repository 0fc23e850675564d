import type { KubernetesObject } from '../kubernetes/object.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import { isRunning } from '../resources/pipeline-run.ts';
import { ERA } from './labels.ts';
import { podsOf, type Observed } from './observed.ts';
import { GOLD } from './stages.ts';

/** The era that gold writes with, and whether its pods are still being changed to it. */
export type GoldEra = { readonly era: number; readonly isChanging: boolean };

const FIRST = 1;

/**
 * The highest that anybody knows of: a Pipeline that was deleted and made anew finds its rows in ClickHouse, and a run
 * notes the era that it raises before the Pipeline does.
 */
export function eraOf({ status }: Pipeline, { runs, servers }: Observed): number {
  return Math.max(FIRST, status.era ?? 0, servers.storedEra ?? 0, ...runs.map((run) => run.status.era ?? 0));
}

/** Of pods from before there were eras, the first. */
function isOfEra({ metadata }: KubernetesObject, era: number): boolean {
  return Number(metadata.labels?.[ERA] ?? FIRST) === era;
}

export function goldEra(pipeline: Pipeline, observed: Observed): GoldEra {
  const era = eraOf(pipeline, observed);
  const deployment = observed.deployments.get(GOLD.name);
  const isOther = deployment !== undefined && !isOfEra(deployment, era);
  const isRolling = observed.runs.some((run) => isRunning(run) && run.status.step === 'Roll');
  return { era, isChanging: isOther || isRolling || oldPods(observed, era) > 0 };
}

/** Why not all of gold is of the era yet; undefined when it is, and no pod of another one can come back. */
export function unchangedGold(observed: Observed, era: number): string | undefined {
  const deployment = observed.deployments.get(GOLD.name);
  if (deployment === undefined || !isOfEra(deployment, era)) return `${GOLD.name} is changed to era ${era}`;
  const old = oldPods(observed, era);
  const { metadata, observedGeneration, replicas, updatedReplicas, wantedReplicas } = deployment;
  const isSettled = observedGeneration >= (metadata.generation ?? 0) && replicas === updatedReplicas;
  if (isSettled && updatedReplicas >= wantedReplicas && old === 0) return undefined;
  return `${updatedReplicas} of ${wantedReplicas} pods of ${GOLD.name} are of era ${era}, ${old} of another one are not gone`;
}

function oldPods(observed: Observed, era: number): number {
  return podsOf(observed, GOLD.name).filter((pod) => !pod.isOver && !isOfEra(pod, era)).length;
}
