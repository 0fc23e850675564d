/** The command lines of a control plane's servers; all of it is for one machine and for tests. */

import type { Certificate } from '@tillstream/stack';
import type { Identities } from './identities.ts';

/** Addresses of Services; the first one is the API server's own. */
const SERVICE_RANGE = '10.96.0.0/16';
const API_SERVICE = '10.96.0.1';
export const CLUSTER_DOMAIN = 'cluster.local';

/** Under which names pods and people ask for the API server. */
export const API_SERVER_HOSTS: readonly string[] = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  `kubernetes.default.svc.${CLUSTER_DOMAIN}`,
  API_SERVICE,
];

/** Nothing here has to outlive a power loss, so nothing waits for the disk. */
export function etcdArguments(data: string, ports: { readonly etcd: number; readonly etcdPeer: number }): string[] {
  const clients = `http://127.0.0.1:${ports.etcd}`;
  const peers = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    `--data-dir=${data}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--log-level=warn',
  ];
}

export type ApiServerSettings = {
  readonly identities: Identities;
  readonly server: Certificate;
  readonly etcdPort: number;
  readonly port: number;
};

export function apiServerArguments({ identities, server, etcdPort, port }: ApiServerSettings): string[] {
  return [
    'kube-apiserver',
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${server.certificateFile}`,
    `--tls-private-key-file=${server.keyFile}`,
    `--client-ca-file=${identities.authority.authorityFile}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    `--service-account-issuer=https://kubernetes.default.svc.${CLUSTER_DOMAIN}`,
    `--service-account-key-file=${identities.tokenKeyFile}`,
    `--service-account-signing-key-file=${identities.tokenKeyFile}`,
    '--allow-privileged=true',
    '--v=1',
  ];
}

/** What an API server without a node listens on and leaves out. */
export const ALONE: readonly string[] = [
  '--bind-address=127.0.0.1',
  '--authorization-mode=RBAC',
  // It would publish a loopback address as the endpoint of a Service, which Kubernetes refuses.
  '--endpoint-reconciler-type=none',
  // As on OpenShift: who lets an object block its owner's deletion must be allowed to.
  '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
];

/** Nobody makes the service account that every pod would have to have. */
export const WITHOUT_CONTROLLERS: readonly string[] = ['--disable-admission-plugins=ServiceAccount'];

/** A client of the API server that has a health check of its own. */
export type ControllerSettings = {
  readonly identities: Identities;
  readonly server: Certificate;
  readonly kubeconfig: string;
  readonly port: number;
};

export function controllerManagerArguments(settings: ControllerSettings): string[] {
  const { identities } = settings;
  return [
    'kube-controller-manager',
    ...controllerArguments(settings),
    `--service-account-private-key-file=${identities.tokenKeyFile}`,
    `--root-ca-file=${identities.authority.authorityFile}`,
    `--cluster-signing-cert-file=${identities.authority.authorityFile}`,
    `--cluster-signing-key-file=${identities.authority.keyFile}`,
    '--use-service-account-credentials=true',
  ];
}

export function schedulerArguments(settings: ControllerSettings): string[] {
  return ['kube-scheduler', ...controllerArguments(settings)];
}

function controllerArguments({ server, kubeconfig, port }: ControllerSettings): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    `--tls-cert-file=${server.certificateFile}`,
    `--tls-private-key-file=${server.keyFile}`,
    // The probe asks without a certificate.
    '--authorization-always-allow-paths=/healthz',
    '--leader-elect=false',
    '--v=1',
  ];
}
