import { wholeNumber } from '@tillstream/runtime';
import { z } from 'zod';

/** Settings of the operator, by their names in the environment. */
export const operatorConfig = z.object({
  /** Namespaces with Pipelines, with commas between them. Empty: all. */
  OPERATOR_NAMESPACES: z
    .string()
    .default('')
    .transform((text) => text.split(',').map((name) => name.trim()))
    .transform((names) => names.filter((name) => name !== '')),
  /** Of the stages of pipelines that name none. */
  OPERATOR_IMAGE: z.string('must name the image of the stages: there would be nothing to run').min(1),
  /** JSON file of what the pods of all stages have in common. */
  OPERATOR_STAGE_DEFAULTS: z
    .string()
    .optional()
    .transform((path) => (path === '' ? undefined : path)),
  /** Of its Deployment; its lease has the same name. */
  OPERATOR_NAME: z.string().min(1).default('tillstream-operator'),
  POD_NAME: z.string('must be the name of this pod: replicas are told apart by it').min(1),
  POD_NAMESPACE: z.string('must be the namespace of this pod: the lease is there').min(1),
  HEALTH_HOST: z.string().min(1).default('127.0.0.1'),
  HEALTH_PORT: wholeNumber(0, 8080, 'probes and Prometheus ask there; 0 takes any free port'),
  SHUTDOWN_GRACE_SECONDS: wholeNumber(1, 20, 'what is in hand by then is done again by the next leader'),
});

export type OperatorConfig = z.output<typeof operatorConfig>;
