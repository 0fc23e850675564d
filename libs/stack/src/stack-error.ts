/** One line for whoever starts a server: what happened, on what, and what to do. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
