/** The steps of a suite, with the time that each took. */
export class Steps {
  readonly #lines: string[] = [];

  /** Takes a step, and tells when it has ended, also where it failed. */
  async take<Result>(what: string, step: () => Promise<Result>): Promise<Result> {
    const startMs = performance.now();
    const tell = (outcome: string): void => {
      const seconds = Math.round((performance.now() - startMs) / 1000);
      const line = `${String(seconds).padStart(5)} s  ${what}${outcome}`;
      this.#lines.push(line);
      console.log(line);
    };
    try {
      const result = await step();
      tell('');
      return result;
    } catch (error) {
      tell(', failed');
      throw error;
    }
  }

  /** One line for each. */
  report(): string {
    return this.#lines.join('\n');
  }
}
