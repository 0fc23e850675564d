/**
 * An error that its reader can act on: one line that says what happened, on what, and what to do. Commands print the
 * message alone; the cause goes to the log.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The message of anything thrown, on one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
