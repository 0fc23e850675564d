/**
 * One waiter goes on in each turn of the event loop, the first come first. Reading and delivering are synchronous
 * pieces of milliseconds: with all partitions in one turn, timers and sockets would wait for their sum.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(this.#grant);
    });
  }

  readonly #grant = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#grant);
  };
}
