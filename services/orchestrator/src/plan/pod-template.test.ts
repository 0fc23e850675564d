import { parseConfig, serviceConfig } from '@tillstream/runtime';
import { expect, test } from 'vitest';
import { CONFIG_HASH } from './labels.ts';
import { BRONZE, SILVER, type WorkerStage } from './stages.ts';
import { aPipeline } from './testing/samples.ts';
import type { PodBasis } from './pod-template.ts';
import { generatorJob, stageDeployment } from './workloads.ts';

const SECURE = {
  kafka: { ...aPipeline().spec.kafka, tls: true, mechanism: 'ScramSha512', existingSecret: 'kafka' },
  clickhouse: { url: 'https://clickhouse:8443', existingSecret: 'clickhouse' },
};
const SECRETS = new Map([
  ['kafka', { keys: ['username', 'password', 'ca.crt', 'unknown'], version: '1' }],
  ['clickhouse', { keys: ['username', 'password'], version: '1' }],
  ['own', { keys: ['username'], version: '1' }],
]);

const basis = (changes: Parameters<typeof aPipeline>[0] = {}, more: Partial<PodBasis> = {}): PodBasis => ({
  pipeline: aPipeline(changes),
  image: 'tillstream:1',
  defaults: {},
  secrets: SECRETS,
  gold: { era: 1, isChanging: false },
  ...more,
});

type Container = {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly image: string;
};
type Template = {
  readonly metadata: { readonly labels: object; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly [Container]; readonly volumes: readonly object[] } & Readonly<
    Record<string, unknown>
  >;
};

function templateOf(given: PodBasis, stage: WorkerStage = SILVER): Template {
  return (stageDeployment(given, stage).object.spec as { readonly template: Template }).template;
}

function envOf(template: Template): Record<string, string | undefined> {
  return Object.fromEntries(template.spec.containers[0].env.map(({ name, value }) => [name, value]));
}

test('a service can be started with the settings that it is given', () => {
  const env = envOf(templateOf(basis()));
  const config = parseConfig(serviceConfig, { ...env, TILLSTREAM_INSTANCE: 'pod-1' });
  expect(config).toMatchObject({
    TILLSTREAM_PIPELINE: 'inventory',
    KAFKA_BROKERS: ['kafka:9092'],
    CLICKHOUSE_URL: 'http://clickhouse:8123',
    NATS_SERVERS: ['nats:4222'],
    HEALTH_HOST: '0.0.0.0',
  });
});

test('secrets are files, of the keys that there are, and never in the environment', () => {
  const template = templateOf(basis({ spec: SECURE }));
  const env = envOf(template);
  expect(env).toMatchObject({
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_USERNAME_FILE: '/etc/tillstream/kafka/username',
    KAFKA_PASSWORD_FILE: '/etc/tillstream/kafka/password',
    KAFKA_TLS_CA_FILE: '/etc/tillstream/kafka/ca.crt',
    CLICKHOUSE_PASSWORD_FILE: '/etc/tillstream/clickhouse/password',
  });
  expect(Object.keys(env)).not.toContain('KAFKA_TLS_CERT_FILE');
  expect(template.spec.volumes).toContainEqual({ name: 'kafka', secret: { secretName: 'kafka', defaultMode: 0o440 } });
});

test('a stage with a user of its own has its Secret alone', () => {
  const template = templateOf(basis({ spec: SECURE, stages: { bronze: { clickhouseSecret: 'own' } } }), BRONZE);
  expect(template.spec.volumes).toContainEqual({
    name: 'clickhouse',
    secret: { secretName: 'own', defaultMode: 0o440 },
  });
  expect(Object.keys(envOf(template))).not.toContain('CLICKHOUSE_PASSWORD_FILE');
});

test('every pod keeps to the restricted standard', () => {
  const generator = { transactions: 1, stores: 2, items: 1, seed: 1, recordsPerSecond: 0 };
  const job = generatorJob(basis({ stages: { generator } }), false)!.object.spec as { readonly template: Template };
  for (const { spec } of [templateOf(basis()), job.template]) {
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    });
  }
});

test.each<[string, Partial<PodBasis>, Readonly<Record<string, unknown>>, boolean]>([
  ['nothing', {}, SECURE, false],
  ['the nonce', {}, { ...SECURE, restartNonce: 2 }, true],
  ['a Secret', { secrets: new Map([...SECRETS, ['kafka', { keys: ['username'], version: '2' }]]) }, SECURE, true],
])('a change of %s replaces pods: %s', (_, more, spec, isOther) => {
  const before = templateOf(basis({ spec: SECURE })).metadata.annotations[CONFIG_HASH];
  const after = templateOf(basis({ spec }, more)).metadata.annotations[CONFIG_HASH];
  expect(after !== before).toBe(isOther);
});

test('what whoever installs decides is in every pod, and can not take its labels away', () => {
  const defaults = {
    labels: { team: 'till', 'app.kubernetes.io/name': 'other' },
    nodeSelector: { disk: 'ssd' },
    imagePullPolicy: 'Never' as const,
  };
  const template = templateOf(basis({ spec: { image: 'mine:2' } }, { defaults }));
  expect(template.metadata.labels).toMatchObject({ team: 'till', 'app.kubernetes.io/name': 'tillstream' });
  expect(template.spec).toMatchObject({
    nodeSelector: { disk: 'ssd' },
    containers: [{ image: 'mine:2', imagePullPolicy: 'Never' }],
  });
});
