import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** The files of a node, all below its folder. */
export type Layout = {
  readonly folder: string;
  readonly containerdSocket: string;
  readonly containerdConfig: string;
  readonly networkConfig: string;
  readonly kubeletConfig: string;
  readonly kubelet: string;
  readonly proxyConfig: string;
  readonly corefile: string;
  readonly resolvConf: string;
  readonly identities: string;
  readonly etcd: string;
  readonly podLogs: string;
  /** A name of its own among all control groups of the machine. */
  readonly controlGroup: string;
};

export function layoutOf(folder: string): Layout {
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  return {
    folder,
    containerdSocket: join(folder, 'containerd.sock'),
    containerdConfig: join(folder, 'containerd.toml'),
    networkConfig: join(folder, 'network'),
    kubeletConfig: join(folder, 'kubelet.json'),
    kubelet: join(folder, 'kubelet'),
    proxyConfig: join(folder, 'kube-proxy.json'),
    corefile: join(folder, 'Corefile'),
    resolvConf: join(folder, 'resolv.conf'),
    identities: join(folder, 'identities'),
    etcd: join(folder, 'etcd'),
    podLogs: join(folder, 'pod-logs'),
    controlGroup: `tillstream-${id}`,
  };
}
