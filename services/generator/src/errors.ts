/** Input or options that the generator cannot work with: one line that says what, where, and what was expected. */
export class GeneratorError extends Error {
  override readonly name = 'GeneratorError';
}
