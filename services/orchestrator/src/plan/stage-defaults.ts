import { UserError } from '@tillstream/runtime';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const texts = z.record(z.string(), z.string());
/** Parts of a pod that are passed on as they are: the API server judges them. */
const part = z.record(z.string(), z.unknown());

/** What whoever installs the operator decides for the pods of all stages. */
const stageDefaults = z.strictObject({
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  imagePullSecrets: z.array(z.object({ name: z.string() })).optional(),
  serviceAccountName: z.string().optional(),
  labels: texts.optional(),
  annotations: texts.optional(),
  nodeSelector: texts.optional(),
  tolerations: z.array(part).optional(),
  affinity: part.optional(),
  /** By zone, as far as possible, when not given. */
  topologySpreadConstraints: z.array(part).optional(),
  priorityClassName: z.string().optional(),
  resources: part.optional(),
  extraEnv: z.array(part).optional(),
  extraEnvFrom: z.array(part).optional(),
  extraVolumes: z.array(part).optional(),
  extraVolumeMounts: z.array(part).optional(),
});

export type StageDefaults = z.output<typeof stageDefaults>;

/** From a JSON file; without one there are none. Throws a `UserError` when it can't be used. */
export function readStageDefaults(path: string | undefined): StageDefaults {
  if (path === undefined) return {};
  try {
    return stageDefaults.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const problems =
      cause instanceof z.ZodError
        ? cause.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
        : [(cause as Error).message];
    throw new UserError(`OPERATOR_STAGE_DEFAULTS ${path} can't be used: ${problems.join('; ')}`, { cause });
  }
}
