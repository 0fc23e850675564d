import { z } from 'zod';
import { check } from './payload.ts';

/** Something that a service does when it is told to, besides what every worker can. */
export type Command = {
  readonly name: string;
  /** Gives what can be written as JSON. Rejects with the reason when it cannot be done. */
  readonly run: (input: unknown) => Promise<unknown>;
};

/** A command whose arguments are checked before it runs. */
export function command<Schema extends z.ZodType>(
  name: string,
  input: Schema,
  run: (input: z.output<Schema>) => Promise<unknown>,
): Command {
  return { name, run: async (given) => run(check(input, given, `the input of ${name}`)) };
}

export const commandRequestSchema = z.object({
  command: z.string().min(1).max(100),
  input: z.unknown().default({}),
});

const answeredBy = { service: z.string(), instance: z.string() };

export const commandAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), ...answeredBy, result: z.unknown().optional() }),
  z.object({ ok: z.literal(false), ...answeredBy, error: z.string() }),
]);

/** Of one instance: what came of it, or why nothing did. */
export type CommandAnswer = z.output<typeof commandAnswerSchema>;
