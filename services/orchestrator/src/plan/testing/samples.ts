import { SCALING_DEFAULTS } from '../../scaling/index.ts';
import { parsePipeline, type Pipeline, type PipelineStatus } from '../../resources/pipeline.ts';
import type { PipelineRun } from '../../resources/pipeline-run.ts';
import type { DeploymentView, PodView } from '../../resources/workload.ts';
import { UNKNOWN_SERVERS, type Measured, type ServersSnapshot } from '../../servers/snapshot.ts';
import { labelsOf } from '../labels.ts';
import type { Observed } from '../observed.ts';
import { BRONZE, GOLD, SILVER, WORKER_STAGES, workloadName } from '../stages.ts';

/** Resources as the API server gives them, for tests. */

export const NOW = Date.parse('2026-03-01T12:00:00Z');
const CREATED = '2026-03-01T00:00:00Z';

type Fields = Readonly<Record<string, unknown>>;
type Changes = {
  readonly spec?: Fields;
  readonly stages?: Readonly<Record<string, Fields>>;
  readonly status?: PipelineStatus;
  readonly annotations?: Readonly<Record<string, string>>;
};

const STAGE = { replicas: { min: 1, max: 4 }, scaling: SCALING_DEFAULTS };

export function aPipeline({ spec = {}, stages = {}, status = {}, annotations = {} }: Changes = {}): Pipeline {
  const stage = (name: string): Fields => ({ ...STAGE, ...stages[name] });
  const whole = {
    metadata: { ...metaOf('inventory'), generation: 1, annotations },
    spec: {
      mode: 'Continuous',
      environment: 'Production',
      suspend: false,
      resetAllowed: true,
      drainSeconds: 60,
      history: { succeededRuns: 2, failedRuns: 1 },
      kafka: {
        brokers: ['kafka:9092'],
        tls: false,
        mechanism: 'None',
        partitions: 24,
        replicationFactor: 3,
        compression: 'zstd',
        sessionTimeoutSeconds: 15,
      },
      clickhouse: { url: 'http://clickhouse:8123' },
      nats: { servers: ['nats:4222'] },
      ...spec,
      stages: {
        bronze: stage('bronze'),
        silver: stage('silver'),
        gold: stage('gold'),
        ...(stages['generator'] === undefined ? {} : { generator: stages['generator'] }),
      },
    },
    status,
  };
  return parsePipeline(whole);
}

export function observed(changes: Partial<Observed> = {}): Observed {
  return {
    now: NOW,
    image: 'tillstream:1',
    defaults: {},
    secrets: new Map(),
    missing: [],
    rival: undefined,
    deployments: new Map(),
    budgets: new Map(),
    jobs: [],
    pods: [],
    runs: [],
    servers: servers(),
    scaling: new Map(),
    ...changes,
  };
}

export function servers(changes: Partial<ServersSnapshot> = {}): ServersSnapshot {
  return { ...UNKNOWN_SERVERS, setUp: { state: 'Done' }, ...changes };
}

/** A measure: of each stage's topics one partition, with what is committed and the end. */
export function measured(
  atMs: number,
  positions: Readonly<Record<'bronze' | 'silver' | 'gold', readonly [committed: number, end: number]>>,
): Measured {
  const stages = [BRONZE, SILVER, GOLD].map(({ field, name, topics }) => {
    const [committed, end] = positions[field];
    const partitions = topics
      .slice(0, 1)
      .map((topic) => ({ topic, partition: 0, begin: 0, end, committed, oldestWaitingSeconds: end - committed }));
    return [name, { partitions, presences: [], busyRatios: [] }] as const;
  });
  return { atMs, stages: new Map(stages) };
}

/** Deployments with so many pods each, all of them ready. */
export function deployments(bronze: number, silver = bronze, gold = bronze): ReadonlyMap<string, DeploymentView> {
  return new Map(
    WORKER_STAGES.map(({ name }, index) => {
      const count = [bronze, silver, gold][index]!;
      return [name, deployment(name, count)] as const;
    }),
  );
}

export function deployment(stage: string, replicas: number, changes: Partial<DeploymentView> = {}): DeploymentView {
  return {
    metadata: { ...metaOf(workloadName('inventory', stage)), generation: 1, labels: labelsOf('inventory', stage) },
    wantedReplicas: replicas,
    replicas,
    readyReplicas: replicas,
    updatedReplicas: replicas,
    observedGeneration: 1,
    isReplicasKept: true,
    trouble: undefined,
    ...changes,
  };
}

export function pod(stage: string, changes: Partial<PodView>): PodView {
  const metadata = { ...metaOf(`${stage}-x`), labels: labelsOf('inventory', stage) };
  return { metadata, restarts: 0, error: undefined, ranSeconds: 0, blocked: undefined, isOver: false, ...changes };
}

export function aRun(
  name: string,
  changes: Partial<PipelineRun['spec']> = {},
  status: PipelineRun['status'] = {},
): PipelineRun {
  return {
    kind: 'PipelineRun',
    metadata: { ...metaOf(name), creationTimestamp: new Date(NOW).toISOString() },
    spec: { pipeline: 'inventory', type: 'Refresh', cause: 'Manual', ...changes },
    status,
  };
}

function metaOf(name: string) {
  return { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: CREATED };
}
