import { existsSync } from 'node:fs';
import { httpAnswers, run } from '@tillstream/stack';
import {
  API_SERVER_HOSTS,
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  schedulerArguments,
} from '../control-plane/commands.ts';
import { httpsAnswers } from '../control-plane/https-answers.ts';
import type { Identities } from '../control-plane/identities.ts';
import { API_PORT, API_URL, NODE_ADDRESS, NODE_NAME } from './addresses.ts';
import type { Layout } from './layout.ts';
import type { Daemon } from './supervisor.ts';

export type DaemonInputs = {
  readonly layout: Layout;
  readonly identities: Identities;
  readonly binaries: { readonly etcd: string; readonly kubernetes: string; readonly coredns: string };
};

const ETCD_PORTS = { etcd: 2379, etcdPeer: 2380 };
const CONTROLLER_MANAGER_PORT = 10_257;
const SCHEDULER_PORT = 10_259;

export function containerd({ layout }: DaemonInputs): Daemon {
  const address = ['--address', layout.containerdSocket];
  return {
    title: 'containerd',
    command: 'containerd',
    args: ['--config', layout.containerdConfig, '--log-level', 'warn'],
    isReady: async () =>
      existsSync(layout.containerdSocket) &&
      (await run('ctr', [...address, 'version']).then(
        () => true,
        () => false,
      )),
  };
}

/** In the order in which each finds what it asks. */
export function controlPlane(inputs: DaemonInputs): Daemon[] {
  return [etcd(inputs), apiServer(inputs), controllerManager(inputs), scheduler(inputs)];
}

function etcd({ layout, binaries }: DaemonInputs): Daemon {
  return {
    title: 'etcd',
    command: binaries.etcd,
    args: etcdArguments(layout.etcd, ETCD_PORTS),
    isReady: async () => await httpAnswers(`http://127.0.0.1:${ETCD_PORTS.etcd}/readyz`),
  };
}

function apiServer({ identities, binaries }: DaemonInputs): Daemon {
  const server = identities.server('kube-apiserver', [...API_SERVER_HOSTS, NODE_ADDRESS]);
  const toKubelet = identities.client({ name: 'kube-apiserver-kubelet-client', groups: ['system:masters'] });
  const settings = { identities, server, etcdPort: ETCD_PORTS.etcd, port: API_PORT };
  return {
    title: 'kube-apiserver',
    command: binaries.kubernetes,
    args: [
      ...apiServerArguments(settings),
      `--advertise-address=${NODE_ADDRESS}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      `--kubelet-client-certificate=${toKubelet.certificateFile}`,
      `--kubelet-client-key=${toKubelet.keyFile}`,
      '--kubelet-preferred-address-types=InternalIP',
    ],
    isReady: async () => await httpsAnswers(`${API_URL}/readyz`, identities.authority.authority),
  };
}

function controllerManager({ identities, binaries }: DaemonInputs): Daemon {
  const kubeconfig = identities.kubeconfig({ name: 'system:kube-controller-manager' }, API_URL);
  const server = identities.server('kube-controller-manager', []);
  const settings = { identities, server, kubeconfig, port: CONTROLLER_MANAGER_PORT };
  return {
    title: 'kube-controller-manager',
    command: binaries.kubernetes,
    args: controllerManagerArguments(settings),
    isReady: async () =>
      await httpsAnswers(`https://127.0.0.1:${CONTROLLER_MANAGER_PORT}/healthz`, identities.authority.authority),
  };
}

function scheduler({ identities, binaries }: DaemonInputs): Daemon {
  const kubeconfig = identities.kubeconfig({ name: 'system:kube-scheduler' }, API_URL);
  const server = identities.server('kube-scheduler', []);
  return {
    title: 'kube-scheduler',
    command: binaries.kubernetes,
    args: schedulerArguments({ identities, server, kubeconfig, port: SCHEDULER_PORT }),
    isReady: async () =>
      await httpsAnswers(`https://127.0.0.1:${SCHEDULER_PORT}/healthz`, identities.authority.authority),
  };
}

export function nodeDaemons({ layout, identities, binaries }: DaemonInputs): Daemon[] {
  const user = { name: `system:node:${NODE_NAME}`, groups: ['system:nodes'] };
  const serving = identities.server('kubelet', [NODE_NAME, NODE_ADDRESS]);
  const kubelet: Daemon = {
    title: 'kubelet',
    command: binaries.kubernetes,
    args: [
      'kubelet',
      `--config=${layout.kubeletConfig}`,
      `--kubeconfig=${identities.kubeconfig(user, API_URL)}`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${NODE_ADDRESS}`,
      `--root-dir=${layout.kubelet}`,
      `--tls-cert-file=${serving.certificateFile}`,
      `--tls-private-key-file=${serving.keyFile}`,
      '--v=1',
    ],
    isReady: async () => await httpAnswers('http://127.0.0.1:10248/healthz'),
  };
  const proxy: Daemon = {
    title: 'kube-proxy',
    command: binaries.kubernetes,
    args: ['kube-proxy', `--config=${layout.proxyConfig}`, '--v=1'],
    isReady: async () => await httpAnswers('http://127.0.0.1:10256/livez'),
  };
  const dns: Daemon = {
    title: 'coredns',
    command: binaries.coredns,
    args: ['-conf', layout.corefile],
    isReady: async () => await httpAnswers('http://127.0.0.1:8181/ready'),
  };
  return [kubelet, proxy, dns];
}
