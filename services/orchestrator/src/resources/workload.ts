import type { KubernetesObject } from '../kubernetes/object.ts';

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

export type JobView = KubernetesObject & { readonly state: 'Running' | 'Complete' | 'Failed'; readonly active: number };

export type PodView = KubernetesObject & {
  readonly isReady: boolean;
  readonly restarts: number;
  /** The last words of its process, when that ended with an error and has not been well since. */
  readonly error: string | undefined;
  /** Why it can't be placed or started. */
  readonly blocked: string | undefined;
};

type RawCondition = {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
};

type RawDeployment = KubernetesObject & {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly conditions?: readonly RawCondition[];
  };
};

export function readDeployment(object: KubernetesObject): DeploymentView {
  const { spec = {}, status = {} } = object as RawDeployment;
  const { conditions = [] } = status;
  const trouble = conditions.find(
    ({ type, status: is }) =>
      (type === 'ReplicaFailure' && is === 'True') || (type === 'Progressing' && is === 'False'),
  );
  return {
    metadata: slim(object),
    wantedReplicas: spec.replicas ?? 1,
    replicas: status.replicas ?? 0,
    readyReplicas: status.readyReplicas ?? 0,
    updatedReplicas: status.updatedReplicas ?? 0,
    observedGeneration: status.observedGeneration ?? 0,
    isReplicasKept: isReplicasKept(object),
    trouble: trouble === undefined ? undefined : `${trouble.reason ?? trouble.type}: ${trouble.message ?? ''}`,
  };
}

type ManagedFields = { readonly manager?: string; readonly fieldsV1?: { readonly 'f:spec'?: object } };

function isReplicasKept({ metadata }: KubernetesObject): boolean {
  const { managedFields = [] } = metadata as { readonly managedFields?: readonly ManagedFields[] };
  return managedFields.some(({ manager, fieldsV1 = {} }) => {
    return manager !== 'tillstream-operator' && 'f:replicas' in (fieldsV1['f:spec'] ?? {});
  });
}

export function readJob(object: KubernetesObject): JobView {
  const { status = {} } = object as KubernetesObject & {
    readonly status?: { readonly active?: number; readonly conditions?: readonly RawCondition[] };
  };
  const { active = 0, conditions = [] } = status;
  const has = (wanted: string): boolean => conditions.some(({ type, status: is }) => type === wanted && is === 'True');
  const state = has('Complete') ? 'Complete' : has('Failed') ? 'Failed' : 'Running';
  return { metadata: slim(object), state, active };
}

type Terminated = { readonly exitCode: number; readonly reason?: string; readonly message?: string };
type RawContainer = {
  readonly restartCount: number;
  readonly ready: boolean;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: Terminated;
  };
  readonly lastState?: { readonly terminated?: Terminated };
};

export function readPod(object: KubernetesObject): PodView {
  const { status = {} } = object as KubernetesObject & {
    readonly status?: {
      readonly conditions?: readonly RawCondition[];
      readonly containerStatuses?: readonly RawContainer[];
    };
  };
  const { conditions = [], containerStatuses = [] } = status;
  const container = containerStatuses[0];
  const unschedulable = conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  const waiting = container?.state?.waiting;
  const isBlocked =
    waiting !== undefined &&
    !['ContainerCreating', 'PodInitializing', 'CrashLoopBackOff'].includes(waiting.reason ?? '');
  return {
    metadata: slim(object),
    isReady: conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    restarts: container?.restartCount ?? 0,
    error: container === undefined || container.ready ? undefined : lastWords(container),
    blocked:
      unschedulable === undefined
        ? isBlocked
          ? `${waiting.reason ?? 'Waiting'}: ${waiting.message ?? ''}`
          : undefined
        : `${unschedulable.reason ?? 'Unschedulable'}: ${unschedulable.message ?? ''}`,
  };
}

function lastWords({ state, lastState }: RawContainer): string | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended === undefined || ended.exitCode === 0) return undefined;
  return `exit code ${ended.exitCode}: ${lastLogMessage(ended.message ?? ended.reason ?? 'no message')}`;
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
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, labels } = metadata;
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation === undefined ? {} : { generation }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(labels === undefined ? {} : { labels }),
  };
}
