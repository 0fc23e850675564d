import { IMAGE } from './test-cluster.ts';

/** What the restricted standard asks of a pod and of its containers. */
const RESTRICTED_POD = { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } };
const RESTRICTED_CONTAINER = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** A pod of the image with one container; `container` says what it runs. */
export function podOf(name: string, container: object): object {
  const spec = { ...podSpec(container), restartPolicy: 'Never' };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
}

/** Pods that answer HTTP on port 8080 with their names, behind a Service of the same name on port 80. */
export function echoService(name: string, replicas: number): object {
  const labels = { app: name };
  const program = "require('http').createServer((_, to) => to.end(require('os').hostname())).listen(8080)";
  const container = {
    command: ['node', '-e', program],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { port: 8080, path: '/' }, periodSeconds: 1 },
  };
  const template = { metadata: { labels }, spec: podSpec(container) };
  const metadata = { name };
  const deployment = { replicas, selector: { matchLabels: labels }, template };
  const service = { selector: labels, ports: [{ port: 80, targetPort: 8080 }] };
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deployment },
      { apiVersion: 'v1', kind: 'Service', metadata, spec: service },
    ],
  };
}

function podSpec(container: object): object {
  const whole = { name: 'main', image: IMAGE, imagePullPolicy: 'IfNotPresent', securityContext: RESTRICTED_CONTAINER };
  // These programs do not listen to being asked to end.
  return {
    securityContext: RESTRICTED_POD,
    terminationGracePeriodSeconds: 1,
    containers: [{ ...whole, ...container }],
  };
}
