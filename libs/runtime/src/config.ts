import { z } from 'zod';
import { UserError } from './errors.ts';
import { withSecretFiles } from './service/secret-files.ts';

/**
 * Reads a service's settings from the environment, once, at its start. Each setting has its unit in its name and a
 * message that says what goes wrong otherwise; all that is wrong is reported together. `NAME_FILE` reads any of them
 * from a file.
 */
export function parseConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const parsed = schema.safeParse(withSecretFiles(env, Object.keys(schema.shape)));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new UserError(`settings in the environment are not usable: ${problems.join('; ')}`, { cause: parsed.error });
}

/** A whole number of at least `least`, as text in the environment. */
export function wholeNumber(least: number, fallback: number, consequence: string): z.ZodType<number> {
  const message = `must be a whole number of at least ${least}: ${consequence}`;
  return z.coerce.number(message).int(message).min(least, message).default(fallback);
}

/** Text that may be left out: unset and empty are the same. */
export const optionalText: z.ZodType<string | undefined> = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));
