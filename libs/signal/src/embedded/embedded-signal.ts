import type { Signal, WantedAnswers } from '../port.ts';

type Listener = (payload: Uint8Array, subject: string) => void;
type Subscription = { readonly listener: Listener; isActive: boolean };
type Answer = (payload: Uint8Array) => Promise<Uint8Array>;
type Replier = { readonly answer: Answer };

/** Signals within one process. Listeners are called in a later turn of the event loop, as over a network. */
export class EmbeddedSignal implements Signal {
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  readonly #repliers = new Map<string, Set<Replier>>();
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
    return enter(this.#subscriptions, subject, { listener, isActive: true }, (subscription) => {
      subscription.isActive = false;
    });
  }

  async request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const answers = this.#ask(subject, payload);
    if (answers.length === 0) throw new Error(`nobody answers ${subject}`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer on ${subject} within ${timeoutMs} ms`)), timeoutMs);
    });
    return Promise.race([...answers, late]).finally(() => clearTimeout(timer));
  }

  async requestAll(
    subject: string,
    payload: Uint8Array,
    { timeoutMs, count = Infinity }: WantedAnswers,
  ): Promise<readonly Uint8Array[]> {
    const answers: Uint8Array[] = [];
    let timer: NodeJS.Timeout | undefined;
    await new Promise<unknown>((resolve) => {
      const asked = this.#ask(subject, payload).map(async (answer) => {
        if (answers.push(await answer) >= count) resolve(undefined);
      });
      timer = setTimeout(resolve, timeoutMs);
      Promise.allSettled(asked).then(resolve, resolve);
    });
    clearTimeout(timer);
    return answers.slice(0, count);
  }

  reply(subject: string, answer: Answer): () => void {
    return enter(this.#repliers, subject, { answer });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#subscriptions.clear();
    this.#repliers.clear();
  }

  #ask(subject: string, payload: Uint8Array): Promise<Uint8Array>[] {
    if (this.#closed) return [];
    return Array.from(this.#repliers.get(subject) ?? [], async ({ answer }) => answer(payload));
  }

  *#hearing(subject: string): Generator<Subscription> {
    yield* this.#subscriptions.get(subject) ?? [];
    const words = subject.split('.');
    for (let length = words.length - 1; length > 0; length--) {
      yield* this.#subscriptions.get(`${words.slice(0, length).join('.')}.>`) ?? [];
    }
  }
}

/** Adds an entry to its subject's; returns how to take it out again, once. */
function enter<Entry>(
  entries: Map<string, Set<Entry>>,
  subject: string,
  entry: Entry,
  onLeaving?: (entry: Entry) => void,
): () => void {
  const ofSubject = entries.get(subject) ?? new Set();
  entries.set(subject, ofSubject.add(entry));
  return () => {
    onLeaving?.(entry);
    ofSubject.delete(entry);
    // Leaving again must not take away who has come since.
    if (ofSubject.size === 0 && entries.get(subject) === ofSubject) entries.delete(subject);
  };
}
