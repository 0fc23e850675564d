import type { KubernetesObject } from './helm.ts';

export type Pod = { readonly of: string; readonly spec: any; readonly labels: Readonly<Record<string, string>> };

const WITH_TEMPLATES = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicaSet']);

/** Every pod that the objects would start, hooks included. */
export function podsOf(objects: readonly KubernetesObject[]): readonly Pod[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    const of = `${kind} ${metadata.name}`;
    if (kind === 'Pod') return [{ of, spec, labels: metadata.labels ?? {} }];
    if (!WITH_TEMPLATES.has(kind)) return [];
    return [{ of, spec: spec.template.spec, labels: spec.template.metadata.labels }];
  });
}

/** What keeps a pod out of a namespace that enforces the restricted pod security standard. */
export function restrictedViolations({ spec }: Pod): readonly string[] {
  const pod = spec.securityContext ?? {};
  const containers = [...spec.containers, ...(spec.initContainers ?? [])] as readonly any[];
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => spec[key] === true),
    ...volumeViolations(spec.volumes ?? []),
    ...containers.flatMap(({ name, securityContext = {}, ports = [] }) => [
      ...containerViolations({ ...pod, ...securityContext }).map((problem) => `${name}: ${problem}`),
      ...(ports.some(({ hostPort }: any) => hostPort !== undefined) ? [`${name}: hostPort`] : []),
    ]),
  ];
}

function containerViolations(context: any): readonly string[] {
  const added = context.capabilities?.add ?? [];
  const checks: Readonly<Record<string, boolean>> = {
    'may run as root': context.runAsNonRoot === true && context.runAsUser !== 0,
    'no seccomp profile': context.seccompProfile?.type === 'RuntimeDefault',
    'may gain privileges': context.allowPrivilegeEscalation === false && context.privileged !== true,
    'keeps capabilities': context.capabilities?.drop?.includes('ALL') === true && added.length === 0,
  };
  return Object.keys(checks).filter((problem) => !checks[problem]);
}

const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

function volumeViolations(volumes: readonly object[]): readonly string[] {
  return volumes.flatMap((volume) => Object.keys(volume)).filter((key) => key !== 'name' && !VOLUMES.has(key));
}
