import {
  closed,
  duration,
  flag,
  label,
  objects,
  optionalLabel,
  podExtras,
  port,
  pullSecrets,
  quantity,
  resources,
  serviceAccount,
  text,
  texts,
  type Schema,
} from './kubernetes-parts.ts';

const image: Schema = {
  type: 'string',
  minLength: 1,
  pattern: '^[^\\s@]+(:[^\\s:/]+|@sha256:[0-9a-f]{64})$',
  examples: ['a/b:1'],
};
const userId: Schema = { type: ['integer', 'null'], minimum: 1, examples: [4711] };
const monitor: Schema = closed({ enabled: flag, interval: duration, labels: texts, relabelings: objects });
const storedServer: Schema = closed({ enabled: flag, image, storage: quantity, resources });

/** The schema of values.yaml. A Pipeline's spec is as its CustomResourceDefinition says. */
export function valuesSchema(pipelineSpec: Schema, alerts: readonly string[]): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the Tillstream chart',
    ...closed({
      nameOverride: optionalLabel,
      fullnameOverride: optionalLabel,
      commonLabels: texts,
      image: closed({
        registry: { type: 'string', pattern: '^[^\\s/]*$' },
        repository: { type: 'string', minLength: 1, pattern: '^[^\\s:@]+$' },
        tag: { type: 'string', pattern: '^[A-Za-z0-9_.-]{0,128}$' },
        digest: { type: 'string', pattern: '^$|^sha256:[0-9a-f]{64}$', examples: [`sha256:${'0'.repeat(64)}`] },
        pullPolicy: { type: 'string', enum: ['Always', 'IfNotPresent', 'Never'] },
      }),
      imagePullSecrets: pullSecrets,
      crds: closed({ upgrade: flag }),
      watchNamespaces: { type: 'array', items: label, examples: [['retail']] },
      rbac: closed({ create: flag, aggregate: flag }),
      podSecurity: closed({ runAsUser: userId, runAsGroup: userId, fsGroup: userId }),
      operator,
      stages: closed({ resources, serviceAccount, ...podExtras }),
      pipeline: closed({
        enabled: flag,
        name: { type: 'string', pattern: '^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$', examples: ['example'] },
        annotations: texts,
        spec: pipelineSpec,
      }),
      networkPolicy,
      monitoring: monitoring(alerts),
      dev: closed({
        kafka: storedServer,
        clickhouse: storedServer,
        nats: closed({ enabled: flag, image, resources }),
      }),
      tests: closed({ enabled: flag }),
      extraObjects: {
        ...objects,
        examples: [[{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'example' } }]],
      },
      global: { type: 'object', description: 'What a chart that contains this one passes down. Not used.' },
    }),
  };
}

const operator: Schema = closed({
  replicaCount: { type: 'integer', minimum: 0, maximum: 10 },
  resources,
  serviceAccount,
  podDisruptionBudget: closed({ enabled: flag, maxUnavailable: { type: 'integer', minimum: 1 } }),
  ...podExtras,
  terminationGracePeriodSeconds: { type: 'integer', minimum: 0 },
});

const networkPolicy: Schema = closed({
  enabled: flag,
  metricsFrom: objects,
  egress: closed({
    enabled: flag,
    serverPorts: { type: 'array', items: port, examples: [[1234]] },
    apiServerPorts: { type: 'array', items: port, examples: [[1234]] },
    extra: objects,
  }),
});

function monitoring(alerts: readonly string[]): Schema {
  return closed({
    podMonitor: monitor,
    serviceMonitor: monitor,
    prometheusRule: closed({
      enabled: flag,
      labels: texts,
      alertLabels: texts,
      runbookUrl: text,
      disabled: { type: 'array', items: { type: 'string', enum: alerts } },
    }),
    dashboards: closed({ enabled: flag, labels: texts, folder: text }),
  });
}
