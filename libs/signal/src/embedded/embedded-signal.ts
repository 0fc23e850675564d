import type { Signal } from '../port.ts';

type Listener = (payload: Uint8Array, subject: string) => void;
type Answer = (payload: Uint8Array) => Promise<Uint8Array>;

/** Signals within one process. Listeners are called in a later turn of the event loop, as over a network. */
export class EmbeddedSignal implements Signal {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #answers = new Map<string, Answer>();
  #closed = false;

  publish(subject: string, payload: Uint8Array): void {
    for (const listener of this.#hearing(subject)) {
      setImmediate(() => {
        if (!this.#closed) listener(payload, subject);
      });
    }
  }

  isHeard(subject: string): boolean {
    return this.#hearing(subject).next().done !== true;
  }

  subscribe(subject: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(subject) ?? new Set();
    this.#listeners.set(subject, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(subject);
    };
  }

  async request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const answer = this.#answers.get(subject);
    if (answer === undefined || this.#closed) throw new Error(`nobody answers ${subject}`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer on ${subject} within ${timeoutMs} ms`)), timeoutMs);
    });
    return Promise.race([answer(payload), late]).finally(() => clearTimeout(timer));
  }

  reply(subject: string, answer: Answer): () => void {
    if (this.#answers.has(subject)) throw new Error(`${subject} is answered already`);
    this.#answers.set(subject, answer);
    return () => this.#answers.delete(subject);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#answers.clear();
  }

  *#hearing(subject: string): Generator<Listener> {
    yield* this.#listeners.get(subject) ?? [];
    const words = subject.split('.');
    for (let length = words.length - 1; length > 0; length--) {
      yield* this.#listeners.get(`${words.slice(0, length).join('.')}.>`) ?? [];
    }
  }
}
