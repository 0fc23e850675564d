import { join } from 'node:path';

/** Program and arguments. */
export type Command = readonly [string, ...string[]];

export const KIND_CLUSTER = 'tillstream';
const CONTEXT = `kind-${KIND_CLUSTER}`;
const NAMESPACE = 'tillstream';
const IMAGE = 'localhost/tillstream:dev';

/** What has to be on PATH, and what to do when it is not. */
export const TOOLS: Readonly<Record<string, string>> = {
  docker: 'install Docker (https://docs.docker.com/engine/install) and start it',
  kind: 'install kind (https://kind.sigs.k8s.io/docs/user/quick-start)',
  helm: 'install Helm (https://helm.sh/docs/intro/install)',
  kubectl: 'install kubectl (https://kubernetes.io/docs/tasks/tools)',
};

/** A cluster with the chart, its development servers and a made-up retailer. Repeating it brings everything up to date. */
export function upCommands(repository: string, clusterExists: boolean): readonly Command[] {
  const create: Command = [
    'kind',
    'create',
    'cluster',
    '--name',
    KIND_CLUSTER,
    '--config',
    join(repository, 'k8s/kind.yaml'),
  ];
  const chart = join(repository, 'helm/tillstream');
  const values = ['--values', join(chart, 'examples/development.yaml'), '--set', 'pipeline.enabled=false'];
  const where = ['--kube-context', CONTEXT, '--namespace', NAMESPACE, '--create-namespace'];
  return [
    ['docker', 'build', '--tag', IMAGE, repository],
    ...(clusterExists ? [] : [create]),
    ['kind', 'load', 'docker-image', IMAGE, '--name', KIND_CLUSTER],
    ['helm', 'upgrade', '--install', 'tillstream', chart, ...where, ...values, '--wait', '--timeout', '10m'],
    ['kubectl', '--context', CONTEXT, 'apply', '--filename', join(repository, 'k8s/pipelines/made-up-retailer.yaml')],
    [
      'kubectl',
      '--context',
      CONTEXT,
      '--namespace',
      NAMESPACE,
      'wait',
      'tsp/inventory',
      '--for=condition=Ready',
      '--timeout=10m',
    ],
  ];
}

export const DOWN_COMMANDS: readonly Command[] = [['kind', 'delete', 'cluster', '--name', KIND_CLUSTER]];
