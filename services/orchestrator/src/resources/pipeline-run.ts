import { z } from 'zod';
import { API_VERSION, PIPELINE_RUNS } from '../kubernetes/kinds.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { conditionSchema } from './condition.ts';
import { read } from './pipeline.ts';

const spec = z.object({
  pipeline: z.string(),
  type: z.enum(['Refresh', 'FullRefresh', 'Validate', 'ReplayQuarantine']),
  cause: z.enum(['Manual', 'Schedule']),
  deadlineSeconds: z.number().optional(),
  acceptMissingHistory: z.boolean().optional(),
  compareOnly: z.boolean().optional(),
});

const status = z.object({
  conditions: z.array(conditionSchema).optional(),
  startTime: z.string().optional(),
  completionTime: z.string().optional(),
  targets: z.array(z.object({ topic: z.string(), offsets: z.array(z.number()) })).optional(),
  findings: z.array(z.string()).optional(),
  replayedRecords: z.number().optional(),
  step: z.enum(['Check', 'Roll', 'Compute', 'CatchUp', 'Compare', 'Touch', 'Settle', 'Replace', 'Discard']).optional(),
  stepTime: z.string().optional(),
  era: z.number().optional(),
  computedTable: z.string().optional(),
  comparedRows: z.number().optional(),
  changedRows: z.number().optional(),
  missingRows: z.number().optional(),
  removedRows: z.number().optional(),
  newerRows: z.number().optional(),
});

export type PipelineRunStatus = z.output<typeof status>;
export type PipelineRun = KubernetesObject & {
  readonly spec: z.output<typeof spec>;
  readonly status: PipelineRunStatus;
};

export function parsePipelineRun(object: KubernetesObject): PipelineRun {
  const raw = object as KubernetesObject & { readonly spec?: unknown; readonly status?: unknown };
  return {
    ...object,
    apiVersion: API_VERSION,
    kind: PIPELINE_RUNS.kind,
    spec: read(spec, raw.spec, 'spec'),
    status: read(status, raw.status ?? {}, 'status'),
  };
}

/** How it ended; undefined while it has not. */
export function resultOf({
  status: { conditions = [] },
}: PipelineRun): 'Succeeded' | 'Failed' | 'Cancelled' | undefined {
  const succeeded = conditions.find(({ type }) => type === 'Succeeded');
  if (succeeded === undefined || succeeded.status === 'Unknown') return undefined;
  if (succeeded.status === 'True') return 'Succeeded';
  return succeeded.reason === 'Cancelled' ? 'Cancelled' : 'Failed';
}

/** Started, and not ended. */
export function isRunning(run: PipelineRun): boolean {
  return run.status.startTime !== undefined && resultOf(run) === undefined;
}
