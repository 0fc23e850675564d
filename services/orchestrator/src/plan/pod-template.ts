import { hashOf } from '../kubernetes/applier.ts';
import type { Pipeline } from '../resources/pipeline.ts';
import type { GoldEra } from './era.ts';
import { CONFIG_HASH, labelsOf, selectorOf } from './labels.ts';
import { secretSettings, type SecretUse, type SecretView } from './secrets.ts';
import type { Settings } from './settings.ts';
import type { StageDefaults } from './stage-defaults.ts';

/** What the pods of all stages have in common, whoever's they are. */
export type PodBasis = {
  readonly pipeline: Pipeline;
  /** Of the operator, for pipelines that name none. */
  readonly image: string;
  readonly defaults: StageDefaults;
  /** Those that the pipeline names, by name. */
  readonly secrets: ReadonlyMap<string, SecretView>;
  readonly gold: GoldEra;
};

/** What the pods of one stage have. */
export type PodPurpose = {
  readonly stage: string;
  readonly settings: Settings;
  readonly secretUses: readonly SecretUse[];
  readonly resources: object | undefined;
  readonly volumes?: readonly Volume[];
  readonly labels?: Readonly<Record<string, string>>;
};

type Volume = { readonly name: string; readonly mountPath: string; readonly source: object };

const USER_ID = 10001;
/** What a service has to finish its batch; Kubernetes waits longer, so that it is not killed while it does. */
const SHUTDOWN_GRACE_SECONDS = 25;
const GRACE_SECONDS = SHUTDOWN_GRACE_SECONDS + 10;
const SECRET_FOLDER = '/etc/tillstream';
const READABLE_BY_GROUP = 0o440;

/** The pod of a stage: restricted, with its settings in the environment and its secrets as files. */
export function podTemplate(basis: PodBasis, purpose: PodPurpose) {
  const { pipeline, defaults } = basis;
  const { stage } = purpose;
  const name = pipeline.metadata.name;
  return {
    metadata: {
      labels: { ...defaults.labels, ...purpose.labels, ...labelsOf(name, stage) },
      annotations: { ...defaults.annotations, [CONFIG_HASH]: configHash(basis, purpose) },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: GRACE_SECONDS,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER_ID,
        runAsGroup: USER_ID,
        fsGroup: USER_ID,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      topologySpreadConstraints: defaults.topologySpreadConstraints ?? byZone(name, stage),
      ...placement(defaults),
      containers: [container(basis, purpose)],
      volumes: [
        { name: 'tmp', emptyDir: {} },
        ...purpose.secretUses.map(({ server, secret }) => ({
          name: server,
          secret: { secretName: secret, defaultMode: READABLE_BY_GROUP },
        })),
        ...(purpose.volumes ?? []).map(({ name: volume, source }) => ({ name: volume, ...source })),
        ...(defaults.extraVolumes ?? []),
      ],
    },
  };
}

function container({ pipeline, image, defaults, secrets }: PodBasis, purpose: PodPurpose) {
  const { stage, secretUses, resources = defaults.resources, volumes = [] } = purpose;
  const files = secretSettings(
    secretUses,
    (secret) => secrets.get(secret)?.keys ?? [],
    ({ server }, key) => `${SECRET_FOLDER}/${server}/${key}`,
  );
  return {
    name: stage,
    image: pipeline.spec.image ?? image,
    ...(defaults.imagePullPolicy === undefined ? {} : { imagePullPolicy: defaults.imagePullPolicy }),
    args: [stage],
    env: [
      { name: 'TILLSTREAM_INSTANCE', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ...Object.entries({ ...PROCESS_SETTINGS, ...purpose.settings }).map(([name, value]) => ({ name, value })),
      ...files.map(([name, value]) => ({ name: `${name}_FILE`, value })),
      ...(defaults.extraEnv ?? []),
    ],
    ...(defaults.extraEnvFrom === undefined ? {} : { envFrom: defaults.extraEnvFrom }),
    ports: [{ name: 'health', containerPort: HEALTH_PORT }],
    ...(resources === undefined ? {} : { resources }),
    ...PROBES,
    // A service's last line says why it ended.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      ...secretUses.map(({ server }) => ({ name: server, mountPath: `${SECRET_FOLDER}/${server}`, readOnly: true })),
      ...volumes.map(({ name, mountPath }) => ({ name, mountPath })),
      ...(defaults.extraVolumeMounts ?? []),
    ],
  };
}

const HEALTH_PORT = 8080;

const PROCESS_SETTINGS: Settings = {
  HEALTH_HOST: '0.0.0.0',
  HEALTH_PORT: String(HEALTH_PORT),
  SHUTDOWN_GRACE_SECONDS: String(SHUTDOWN_GRACE_SECONDS),
};

/** A process connects before it is started, and waits for servers that are away; only then it is asked whether it is alive. */
const PROBES = {
  startupProbe: { ...probe('/healthz'), periodSeconds: 5, failureThreshold: 60 },
  livenessProbe: { ...probe('/healthz'), periodSeconds: 10, failureThreshold: 3 },
  readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2 },
};

function probe(path: string) {
  return { httpGet: { path, port: 'health' }, timeoutSeconds: 5 };
}

function placement({
  imagePullSecrets,
  serviceAccountName,
  nodeSelector,
  tolerations,
  affinity,
  priorityClassName,
}: StageDefaults) {
  const all = { imagePullSecrets, serviceAccountName, nodeSelector, tolerations, affinity, priorityClassName };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function byZone(pipeline: string, stage: string) {
  return [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: selectorOf(pipeline, stage) },
      matchLabelKeys: ['pod-template-hash'],
    },
  ];
}

/** Changes with what the template does not show and pods read only once. NATS is read anew at each connection. */
function configHash({ pipeline, secrets }: PodBasis, { secretUses }: PodPurpose): string {
  const versions = secretUses
    .filter(({ server }) => server !== 'nats')
    .map(({ secret }) => [secret, secrets.get(secret)?.version]);
  return hashOf({ versions, restartNonce: pipeline.spec.restartNonce });
}
