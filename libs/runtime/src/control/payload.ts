import type { z } from 'zod';
import { UserError } from '../errors.ts';

/** More than any of these messages needs: a worker's presence with a thousand partitions has 60 KiB. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

/** Reads a JSON message of somebody else's. Throws a `UserError` that says what is wrong with it. */
export function readPayload<Schema extends z.ZodType>(schema: Schema, payload: Uint8Array): z.output<Schema> {
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new UserError(`the message has ${payload.length} bytes, more than the ${MAX_PAYLOAD_BYTES} that are taken`);
  }
  return check(schema, parseJson(payload), 'the message');
}

/** Throws a `UserError` that names `what` and everything that is wrong with it. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim());
  throw new UserError(`${what} cannot be used: ${problems.slice(0, 5).join('; ')}`, { cause: checked.error });
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch (cause) {
    throw new UserError('the message is no JSON', { cause });
  }
}
