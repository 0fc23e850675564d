import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTER_DOMAIN } from '../control-plane/commands.ts';
import { DNS_SERVICE, NODE_ADDRESS, NODE_NAME, POD_RANGE } from './addresses.ts';
import type { Layout } from './layout.ts';
import { PAUSE_IMAGE } from './pause-image.ts';

export type ConfigInputs = {
  readonly layout: Layout;
  readonly networkPlugins: string;
  readonly authorityFile: string;
  readonly proxyKubeconfig: string;
  readonly dnsKubeconfig: string;
};

/** Writes the configuration of every daemon that wants a file. */
export function writeConfigFiles(inputs: ConfigInputs): void {
  const { layout } = inputs;
  mkdirSync(layout.networkConfig, { recursive: true });
  writeFileSync(layout.containerdConfig, containerd(inputs));
  writeFileSync(join(layout.networkConfig, '10-bridge.conflist'), JSON.stringify(podNetwork(layout)));
  writeFileSync(layout.kubeletConfig, JSON.stringify(kubelet(inputs)));
  writeFileSync(layout.proxyConfig, JSON.stringify(proxy(inputs)));
  writeFileSync(layout.corefile, corefile(inputs));
  // Nothing outside the node can be asked.
  writeFileSync(layout.resolvConf, '');
}

function containerd({ layout, networkPlugins }: ConfigInputs): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "${layout.folder}/containerd"
state = "/run/containerd"
[grpc]
address = "${layout.containerdSocket}"
[${cri}]
sandbox_image = "${PAUSE_IMAGE}"
# Without CAP_SYS_RESOURCE a process may not lower its score, and every sandbox would fail.
restrict_oom_score_adj = true
disable_apparmor = true
[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
SystemdCgroup = false
[${cri}.cni]
bin_dir = "${networkPlugins}"
conf_dir = "${layout.networkConfig}"
`;
}

function podNetwork(layout: Layout): object {
  const ranges = [[{ subnet: POD_RANGE }]];
  const routes = [{ dst: '0.0.0.0/0' }];
  const addresses = { type: 'host-local', ranges, routes, dataDir: join(layout.folder, 'pod-addresses') };
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true, ipam: addresses };
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [bridge, { type: 'portmap', capabilities: { portMappings: true } }],
  };
}

function kubelet({ layout, authorityFile }: ConfigInputs): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${layout.containerdSocket}`,
    authentication: { x509: { clientCAFile: authorityFile }, anonymous: { enabled: false } },
    authorization: { mode: 'Webhook' },
    clusterDNS: [DNS_SERVICE],
    clusterDomain: CLUSTER_DOMAIN,
    resolvConf: layout.resolvConf,
    podLogsDir: layout.podLogs,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${layout.controlGroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    // Refuses to change the kernel's settings for the whole machine; it finds those that it wants (see isolate.ts).
    protectKernelDefaults: true,
    oomScoreAdj: 0,
    serializeImagePulls: false,
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
  };
}

function proxy({ proxyKubeconfig }: ConfigInputs): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: proxyKubeconfig },
    mode: 'iptables',
    hostnameOverride: NODE_NAME,
    clusterCIDR: POD_RANGE,
    // The kernel's table of connections stays as it is.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    oomScoreAdj: 0,
  };
}

function corefile({ dnsKubeconfig }: ConfigInputs): string {
  return `.:53 {
  bind ${NODE_ADDRESS}
  errors
  ready 127.0.0.1:8181
  kubernetes ${CLUSTER_DOMAIN} in-addr.arpa {
    kubeconfig ${dnsKubeconfig}
    pods insecure
  }
}
`;
}
