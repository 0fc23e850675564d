import type { KubernetesObject } from '../kubernetes/object.ts';

export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const OPERATOR = 'tillstream-operator';
export const COMPONENT = 'app.kubernetes.io/component';
export const PIPELINE = 'tillstream.dev/pipeline';

/** Label of gold's pods and Deployment: what their rows outrank. */
export const ERA = 'tillstream.dev/era';

/** What a stage's pods are found by; never changes, as a Deployment's selector can't. */
export function selectorOf(pipeline: string, stage: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': 'tillstream', [COMPONENT]: stage, [PIPELINE]: pipeline };
}

export function labelsOf(pipeline: string, stage: string): Readonly<Record<string, string>> {
  return { ...selectorOf(pipeline, stage), [MANAGED_BY]: OPERATOR };
}

/** What belongs to a pipeline is deleted after it. */
export function ownedBy({ apiVersion, kind, metadata: { name, uid } }: KubernetesObject) {
  return [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }] as const;
}

/** Annotations that people set on a Pipeline. */
export const PAUSE_RECONCILIATION = 'tillstream.dev/pause-reconciliation';
export const PAUSE_SCALING = 'tillstream.dev/pause-scaling';
export const REQUESTED_AT = 'tillstream.dev/requestedAt';

/** Annotation of pods: another value is another template, so that they are replaced. */
export const CONFIG_HASH = 'tillstream.dev/config-hash';

/** `true`, or the time until which it is so. What can't be read pauses too: whoever wrote it wanted hands off. */
export function isPaused({ metadata }: KubernetesObject, annotation: string, now: number): boolean {
  const value = metadata.annotations?.[annotation];
  if (value === undefined || value === '' || value === 'false') return false;
  const until = Date.parse(value);
  return Number.isNaN(until) || now < until;
}
