import type { ResourceKind } from './object.ts';

export const API_VERSION = 'tillstream.dev/v1alpha1';

export const PIPELINES = kind(API_VERSION, 'Pipeline', 'pipelines');
export const PIPELINE_RUNS = kind(API_VERSION, 'PipelineRun', 'pipelineruns');
export const DEPLOYMENTS = kind('apps/v1', 'Deployment', 'deployments');
export const JOBS = kind('batch/v1', 'Job', 'jobs');
export const DISRUPTION_BUDGETS = kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets');
export const PODS = kind('v1', 'Pod', 'pods');
export const SECRETS = kind('v1', 'Secret', 'secrets');
export const CONFIG_MAPS = kind('v1', 'ConfigMap', 'configmaps');
export const LEASES = kind('coordination.k8s.io/v1', 'Lease', 'leases');
export const EVENTS = kind('events.k8s.io/v1', 'Event', 'events');

function kind(apiVersion: string, name: string, plural: string): ResourceKind {
  return { apiVersion, kind: name, plural };
}
