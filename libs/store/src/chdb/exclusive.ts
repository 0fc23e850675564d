let last: Promise<unknown> = Promise.resolve();

/**
 * One after the other, process-wide. chDB keeps the values of parameters in one place of the engine while a statement is
 * prepared, so statements with parameters disturb each other on any two sessions.
 */
export function exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
  const result = last.then(work);
  last = result.catch(() => undefined);
  return result;
}
