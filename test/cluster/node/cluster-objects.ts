import { DNS_SERVICE, NODE_ADDRESS } from './addresses.ts';

/** Who the DNS server is to the API server. */
export const DNS_USER = { name: 'tillstream-dns' };

const DNS = { name: 'kube-dns', namespace: 'kube-system' };

/** What a cluster has from its first second: DNS, which runs beside the pods, behind a Service. */
export const CLUSTER_OBJECTS: object = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: DNS_USER.name },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: DNS_USER.name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: DNS_USER.name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: DNS_USER.name }],
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: DNS,
      spec: {
        clusterIP: DNS_SERVICE,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...DNS, labels: { 'kubernetes.io/service-name': DNS.name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [NODE_ADDRESS], conditions: { ready: true } }],
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
    },
  ],
};
