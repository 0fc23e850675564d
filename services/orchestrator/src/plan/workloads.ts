import { hashOf, type DesiredObject } from '../kubernetes/applier.ts';
import { DEPLOYMENTS, DISRUPTION_BUDGETS, JOBS } from '../kubernetes/kinds.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import { ERA, labelsOf, ownedBy, selectorOf } from './labels.ts';
import { podTemplate, type PodBasis } from './pod-template.ts';
import { kafkaSecretUses, secretUses } from './secrets.ts';
import { COUNT_FILES_FOLDER, generatorSettings, kafkaSettings, serverSettings, stageSettings } from './settings.ts';
import { GENERATOR, workloadName, type WorkerStage } from './stages.ts';

/**
 * The Deployment of a stage. It says nothing of `replicas`, which belong to the autoscaler; `replicas` is for one that
 * is not there yet. A swapped pod is two rebalances, so there is never one more than wanted.
 */
export function stageDeployment(basis: PodBasis, stage: WorkerStage, replicas?: number): DesiredObject {
  const { pipeline } = basis;
  const { name, namespace } = pipeline.metadata;
  const claim = stage.field === 'bronze' ? pipeline.spec.stages.bronze.countFilesClaim : undefined;
  const { era, isChanging } = basis.gold;
  const labels = stage.field === 'gold' ? { [ERA]: String(era) } : {};
  const mayOverlap = claim === undefined && !(stage.field === 'gold' && isChanging);
  return {
    kind: DEPLOYMENTS,
    object: {
      metadata: {
        name: workloadName(name, stage.name),
        namespace,
        labels: { ...labels, ...labelsOf(name, stage.name) },
        ownerReferences: ownedBy(pipeline),
      },
      spec: {
        ...(replicas === undefined ? {} : { replicas }),
        revisionHistoryLimit: 3,
        selector: { matchLabels: selectorOf(name, stage.name) },
        strategy: mayOverlap ? ONE_AFTER_THE_OTHER : { type: 'Recreate' },
        template: podTemplate(basis, {
          stage: stage.name,
          settings: { ...serverSettings(pipeline), ...stageSettings(pipeline.spec, stage, era) },
          labels,
          secretUses: secretUses(pipeline.spec, stage),
          resources: pipeline.spec.stages[stage.field].resources,
          ...(claim === undefined ? {} : { volumes: [countFiles(claim)] }),
        }),
      },
    },
  };
}

/**
 * A pod that goes and its successor overlap for a moment. Two that load count files would each send them. Of two eras of
 * gold the lower might take over a partition from the higher, and what it then writes would be outranked for ever.
 */
const ONE_AFTER_THE_OTHER = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } as const;

/** At most one pod at a time is taken away for maintenance. Of one pod it would be in the way of every drained node. */
export function disruptionBudget(pipeline: Pipeline, stage: WorkerStage): DesiredObject | undefined {
  if (pipeline.spec.environment === 'Development' || pipeline.spec.stages[stage.field].replicas.max === 1)
    return undefined;
  const { name, namespace } = pipeline.metadata;
  return {
    kind: DISRUPTION_BUDGETS,
    object: {
      metadata: {
        name: workloadName(name, stage.name),
        namespace,
        labels: labelsOf(name, stage.name),
        ownerReferences: ownedBy(pipeline),
      },
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: selectorOf(name, stage.name) },
      },
    },
  };
}

/** The generator ends when all is sent. A Job can't be changed, so another input is a Job of another name. */
export function generatorJob(basis: PodBasis, suspend: boolean): DesiredObject | undefined {
  const { pipeline } = basis;
  const { spec } = pipeline;
  const { generator } = spec.stages;
  if (generator === undefined) return undefined;
  const { name, namespace } = pipeline.metadata;
  const template = podTemplate(basis, {
    stage: GENERATOR,
    settings: { ...kafkaSettings(pipeline), ...generatorSettings(generator) },
    secretUses: kafkaSecretUses(spec),
    resources: generator.resources,
  });
  const limit = spec.restartLimit ?? (spec.environment === 'Development' ? 0 : MANY);
  // A pod that is restarted goes with the Job's last attempt; one that is not stays, and tells why it failed.
  const restartPolicy = limit === 0 ? 'Never' : 'OnFailure';
  const whole = { ...template, spec: { ...template.spec, restartPolicy } };
  return {
    kind: JOBS,
    object: {
      metadata: {
        name: `${workloadName(name, GENERATOR)}-${hashOf(whole).slice(0, 8)}`,
        namespace,
        labels: labelsOf(name, GENERATOR),
        ownerReferences: ownedBy(pipeline),
      },
      spec: {
        suspend,
        backoffLimit: limit,
        template: whole,
      },
    },
  };
}

/** It pauses longer and longer between attempts, so that these are days. */
const MANY = 1000;

function countFiles(claimName: string) {
  return { name: 'count-files', mountPath: COUNT_FILES_FOLDER, source: { persistentVolumeClaim: { claimName } } };
}
