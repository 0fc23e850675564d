import { z } from 'zod';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { read } from './pipeline.ts';

/** What is kept of the objects that the operator makes, and of the pods that come of them. */

export type DeploymentView = KubernetesObject & {
  /** `spec.replicas`. */
  readonly wantedReplicas: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly updatedReplicas: number;
  /** Of the spec that the counts are about. */
  readonly observedGeneration: number;
  /** Whether `spec.replicas` stays when the operator's own apply says nothing of it: somebody else has set it. */
  readonly isReplicasKept: boolean;
  /** Why pods can't be made, or are late. */
  readonly trouble: string | undefined;
};

export type JobView = KubernetesObject & {
  readonly isComplete: boolean;
  /** Why it is not tried again. */
  readonly failure: string | undefined;
};

export type PodView = KubernetesObject & {
  readonly restarts: number;
  /** The last words of its process, when that ended with an error and has not been well since. */
  readonly error: string | undefined;
  /** How long its process ran before it ended the last time; 0 when it has not ended. */
  readonly ranSeconds: number;
  /** Why it can't be placed or started. */
  readonly blocked: string | undefined;
  /** Its process has ended and will not be started again. */
  readonly isOver: boolean;
};

const conditions = z
  .array(
    z.object({ type: z.string(), status: z.string(), reason: z.string().default(''), message: z.string().default('') }),
  )
  .default([]);
const count = z.number().default(0);

const deploymentSchema = z.object({
  spec: z.object({ replicas: z.number().default(1) }),
  status: z
    .object({ observedGeneration: count, replicas: count, readyReplicas: count, updatedReplicas: count, conditions })
    .prefault({}),
});

export function readDeployment(object: KubernetesObject): DeploymentView {
  const { spec, status } = read(deploymentSchema, object, 'Deployment');
  const { conditions: told, ...counts } = status;
  const trouble = told.find(
    ({ type, status: is }) =>
      (type === 'ReplicaFailure' && is === 'True') || (type === 'Progressing' && is === 'False'),
  );
  return {
    metadata: slim(object),
    wantedReplicas: spec.replicas,
    ...counts,
    isReplicasKept: isReplicasKept(object),
    trouble: trouble && `${trouble.reason}: ${trouble.message}`,
  };
}

type ManagedFields = { readonly manager?: string; readonly fieldsV1?: { readonly 'f:spec'?: object } };

function isReplicasKept({ metadata }: KubernetesObject): boolean {
  const { managedFields = [] } = metadata as { readonly managedFields?: readonly ManagedFields[] };
  return managedFields.some(({ manager, fieldsV1 = {} }) => {
    return manager !== 'tillstream-operator' && 'f:replicas' in (fieldsV1['f:spec'] ?? {});
  });
}

const jobSchema = z.object({ status: z.object({ conditions }).prefault({}) });

export function readJob(object: KubernetesObject): JobView {
  const told = read(jobSchema, object, 'Job').status.conditions.filter(({ status }) => status === 'True');
  const failed = told.find(({ type }) => type === 'Failed');
  return {
    metadata: slim(object),
    isComplete: told.some(({ type }) => type === 'Complete'),
    failure: failed && `${failed.reason}: ${failed.message}`,
  };
}

const moment = z.iso.datetime({ offset: true }).nullish();
const terminated = z.object({
  exitCode: z.number(),
  reason: z.string().default(''),
  message: z.string().default(''),
  startedAt: moment,
  finishedAt: moment,
});
const state = z
  .object({
    waiting: z.object({ reason: z.string().default('Waiting'), message: z.string().default('') }).optional(),
    terminated: terminated.optional(),
  })
  .default({});
const podSchema = z.object({
  status: z
    .object({
      phase: z.string().default('Pending'),
      conditions,
      containerStatuses: z
        .array(z.object({ restartCount: count, ready: z.boolean(), state, lastState: state }))
        .default([]),
    })
    .prefault({}),
});

type Container = z.output<typeof podSchema>['status']['containerStatuses'][number];

export function readPod(object: KubernetesObject): PodView {
  const { status } = read(podSchema, object, 'Pod');
  const container = status.containerStatuses[0];
  const unplaced = status.conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  const blocked = unplaced ?? (container && blockOf(container));
  return {
    metadata: slim(object),
    restarts: container?.restartCount ?? 0,
    error: container && lastWords(container),
    ranSeconds: container === undefined ? 0 : ranSeconds(container),
    blocked: blocked && `${blocked.reason}: ${blocked.message}`,
    isOver: ['Succeeded', 'Failed'].includes(status.phase),
  };
}

/** What passes, or is told as an error. */
const USUAL = ['ContainerCreating', 'PodInitializing', 'CrashLoopBackOff'];

function blockOf({ state: { waiting } }: Container): { readonly reason: string; readonly message: string } | undefined {
  return waiting === undefined || USUAL.includes(waiting.reason) ? undefined : waiting;
}

function lastEnd({ state: now, lastState }: Container): z.output<typeof terminated> | undefined {
  return now.terminated ?? lastState.terminated;
}

function ranSeconds(container: Container): number {
  const { startedAt, finishedAt } = lastEnd(container) ?? {};
  if (startedAt == null || finishedAt == null) return 0;
  return (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
}

function lastWords(container: Container): string | undefined {
  const { ready } = container;
  const ended = lastEnd(container);
  if (ready || ended === undefined || ended.exitCode === 0) return undefined;
  return `exit code ${ended.exitCode}: ${lastLogMessage(ended.message === '' ? ended.reason : ended.message)}`;
}

/** The services end with a log line that says why; Kubernetes keeps the last lines as they are. */
function lastLogMessage(text: string): string {
  const lines = text.trim().split('\n');
  for (const line of lines.toReversed()) {
    try {
      const { msg } = JSON.parse(line) as { readonly msg?: unknown };
      if (typeof msg === 'string') return msg;
    } catch {
      // Not a line of ours.
    }
  }
  return lines.at(-1)!.slice(0, 500);
}

/** Without what only the server needs: there may be thousands. */
function slim({ metadata }: KubernetesObject): KubernetesObject['metadata'] {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, labels } = metadata;
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation === undefined ? {} : { generation }),
    ...(labels === undefined ? {} : { labels }),
  };
}
