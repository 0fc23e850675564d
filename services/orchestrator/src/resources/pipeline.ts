import { z } from 'zod';
import { API_VERSION, PIPELINES } from '../kubernetes/kinds.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { conditionSchema } from './condition.ts';

/** The resource as the API server gives it: it has checked the rules and filled in what has a default. */

const quantities = z.record(z.string(), z.union([z.string(), z.number()]));
const resources = z.object({ requests: quantities.optional(), limits: quantities.optional() }).optional();

const scaling = z.object({
  policy: z.enum(['Auto', 'RecommendOnly', 'External', 'Fixed']),
  lagTargetSeconds: z.number(),
  catchUpSeconds: z.number(),
  targetUtilizationPercent: z.number(),
  maxUtilizationPercent: z.number(),
  windowSeconds: z.number(),
  scaleUpCooldownSeconds: z.number(),
  scaleDownStabilizationSeconds: z.number(),
  maxScaleUpPercent: z.number(),
  maxScaleDownPercent: z.number(),
});

const worker = {
  replicas: z.object({ min: z.number(), max: z.number() }),
  scaling,
  resources,
  clickhouseSecret: z.string().optional(),
};

const stages = z.object({
  generator: z
    .object({
      transactions: z.number(),
      stores: z.number(),
      items: z.number(),
      seed: z.number(),
      recordsPerSecond: z.number(),
      resources,
    })
    .optional(),
  bronze: z.object({ ...worker, countFilesClaim: z.string().optional() }),
  silver: z.object({
    ...worker,
    hotLines: z.number().optional(),
    filterBytes: z.number().optional(),
    lateAfterSeconds: z.number().optional(),
    referenceCheckSeconds: z.number().optional(),
    expectations: z.record(z.string(), z.string()).optional(),
  }),
  gold: z.object({ ...worker, recentChanges: z.number().optional() }),
});

const spec = z.object({
  image: z.string().optional(),
  mode: z.enum(['Continuous', 'Triggered']),
  environment: z.enum(['Development', 'Production']),
  suspend: z.boolean(),
  resetAllowed: z.boolean(),
  restartNonce: z.number().optional(),
  drainSeconds: z.number(),
  restartLimit: z.number().optional(),
  schedule: z
    .object({
      cron: z.string(),
      timeZone: z.string(),
      concurrencyPolicy: z.enum(['Forbid', 'Replace']),
      startingDeadlineSeconds: z.number(),
      runDeadlineSeconds: z.number().optional(),
    })
    .optional(),
  history: z.object({ succeededRuns: z.number(), failedRuns: z.number() }),
  kafka: z.object({
    brokers: z.array(z.string()),
    tls: z.boolean(),
    mechanism: z.enum(['None', 'Plain', 'ScramSha256', 'ScramSha512', 'MskIam']),
    awsRegion: z.string().optional(),
    existingSecret: z.string().optional(),
    partitions: z.number(),
    replicationFactor: z.number(),
    compression: z.string(),
    sessionTimeoutSeconds: z.number(),
  }),
  clickhouse: z.object({
    url: z.string(),
    existingSecret: z.string().optional(),
    cluster: z.object({ name: z.string(), insertQuorum: z.number() }).optional(),
  }),
  nats: z.object({ servers: z.array(z.string()), existingSecret: z.string().optional() }).optional(),
  referenceData: z.object({ configMap: z.string() }).optional(),
  stages,
});

const stageStatus = z.object({
  name: z.string(),
  replicas: z.number().optional(),
  readyReplicas: z.number().optional(),
  desiredReplicas: z.number().optional(),
  recommendedReplicas: z.number().optional(),
  lagRecords: z.number().optional(),
  lagSeconds: z.number().optional(),
  recordsPerSecond: z.number().optional(),
  utilizationPercent: z.number().optional(),
  recordsPerSecondPerPod: z.number().optional(),
  lastScaleTime: z.string().optional(),
  lastScaleReason: z.string().optional(),
  error: z.string().optional(),
});

const status = z.object({
  observedGeneration: z.number().optional(),
  conditions: z.array(conditionSchema).optional(),
  replicas: z.number().optional(),
  lag: z.object({ records: z.number(), seconds: z.number() }).optional(),
  stages: z.array(stageStatus).optional(),
  era: z.number().optional(),
  activeRun: z.string().optional(),
  lastScheduleTime: z.string().optional(),
  nextScheduleTime: z.string().optional(),
  drain: z.object({ startedAt: z.string(), sourcesStoppedAt: z.string().optional() }).optional(),
  schedule: z.object({ cron: z.string(), timeZone: z.string(), since: z.string() }).optional(),
  referenceData: z.string().optional(),
  requestedAt: z.string().optional(),
  lastRun: z
    .object({
      name: z.string(),
      type: z.string(),
      result: z.enum(['Succeeded', 'Failed', 'Cancelled']),
      completionTime: z.string(),
    })
    .optional(),
});

export type PipelineSpec = z.output<typeof spec>;
export type PipelineStatus = z.output<typeof status>;
export type StageStatus = z.output<typeof stageStatus>;
export type Pipeline = KubernetesObject & { readonly spec: PipelineSpec; readonly status: PipelineStatus };

/** Throws when the object has not the shape: the CRD that is installed is another version's. */
export function parsePipeline(object: KubernetesObject): Pipeline {
  const raw = object as KubernetesObject & { readonly spec?: unknown; readonly status?: unknown };
  return {
    ...object,
    apiVersion: API_VERSION,
    kind: PIPELINES.kind,
    spec: read(spec, raw.spec, 'spec'),
    status: read(status, raw.status ?? {}, 'status'),
  };
}

/** Throws one line that names the fields. */
export function read<Schema extends z.ZodType>(schema: Schema, value: unknown, name: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${[name, ...path].join('.')}: ${message}`);
  throw new Error(`the CRD that is installed does not fit this operator: ${problems.join('; ')}`);
}
