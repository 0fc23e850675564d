import type { Signal } from '../port.ts';

type Listener = (payload: Uint8Array, subject: string) => void;
type Subscription = { readonly listener: Listener; isActive: boolean };
type Answer = (payload: Uint8Array) => Promise<Uint8Array>;

/** Signals within one process. Listeners are called in a later turn of the event loop, as over a network. */
export class EmbeddedSignal implements Signal {
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  readonly #answers = new Map<string, Answer>();
  #closed = false;

  publish(subject: string, payload: Uint8Array): void {
    for (const subscription of this.#hearing(subject)) {
      setImmediate(() => {
        if (subscription.isActive && !this.#closed) subscription.listener(payload, subject);
      });
    }
  }

  isHeard(subject: string): boolean {
    return this.#hearing(subject).next().done !== true;
  }

  subscribe(subject: string, listener: Listener): () => void {
    const subscription = { listener, isActive: true };
    const ofSubject = this.#subscriptions.get(subject) ?? new Set();
    this.#subscriptions.set(subject, ofSubject.add(subscription));
    return () => {
      subscription.isActive = false;
      ofSubject.delete(subscription);
      // Unsubscribing again must not take away who has subscribed since.
      if (ofSubject.size === 0 && this.#subscriptions.get(subject) === ofSubject) this.#subscriptions.delete(subject);
    };
  }

  async request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const answer = this.#answers.get(subject);
    if (answer === undefined || this.#closed) throw new Error(`nobody answers ${subject}`);
    const answered = answer(payload);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer on ${subject} within ${timeoutMs} ms`)), timeoutMs);
    });
    return Promise.race([answered, late]).finally(() => clearTimeout(timer));
  }

  reply(subject: string, answer: Answer): () => void {
    if (this.#answers.has(subject)) throw new Error(`${subject} is answered already`);
    this.#answers.set(subject, answer);
    return () => {
      if (this.#answers.get(subject) === answer) this.#answers.delete(subject);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#subscriptions.clear();
    this.#answers.clear();
  }

  *#hearing(subject: string): Generator<Subscription> {
    yield* this.#subscriptions.get(subject) ?? [];
    const words = subject.split('.');
    for (let length = words.length - 1; length > 0; length--) {
      yield* this.#subscriptions.get(`${words.slice(0, length).join('.')}.>`) ?? [];
    }
  }
}
