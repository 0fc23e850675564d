import { z } from 'zod';

/** A condition as others read it. Times are RFC 3339 texts. */
export const conditionSchema = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.number().optional(),
  lastTransitionTime: z.string(),
  reason: z.string(),
  message: z.string(),
});

export type Condition = z.output<typeof conditionSchema>;

/** What is known of a condition now, whenever it became so. */
export type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

export const isTrue = (reason: string, message = ''): Verdict => ({ status: 'True', reason, message });
export const isFalse = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });
export const isUnknown = (reason: string, message: string): Verdict => ({ status: 'Unknown', reason, message });

export type Stamp = { readonly generation: number; readonly now: number };

/** The verdicts as conditions: one that has the status that it had keeps the time since when. */
export function toConditions(
  verdicts: Readonly<Record<string, Verdict>>,
  before: readonly Condition[],
  { generation, now }: Stamp,
): readonly Condition[] {
  return Object.entries(verdicts).map(([type, verdict]) => {
    const known = before.find((condition) => condition.type === type);
    const lastTransitionTime =
      known?.status === verdict.status ? known.lastTransitionTime : new Date(now).toISOString();
    return { type, ...verdict, observedGeneration: generation, lastTransitionTime };
  });
}
