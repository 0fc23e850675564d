import { oneLine, type Logger, type Task } from '@tillstream/runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import { isCode } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { pauseMs, type Backoff } from './backoff.ts';
import { keyOf, type KubernetesObject } from './object.ts';
import { listAll, watch, type Selection } from './watch.ts';

export type ReflectorTimings = {
  /** A watch that is silent for longer is dead. */
  readonly silenceMs: number;
  /** Everything is listed anew and compared this often, in case that a change was missed. */
  readonly relistMs: number;
  readonly backoff: Backoff;
};

export type ReflectorOptions<View> = {
  readonly api: ApiServer;
  readonly selection: Selection;
  /** What is kept of an object. */
  readonly read: (object: KubernetesObject) => View;
  /** An object came, changed, or went: then `now` is undefined. */
  readonly onChange: (now: View | undefined, before: View | undefined) => void;
  readonly onRestart: (reason: string) => void;
  readonly logger: Logger;
  readonly timings?: Partial<ReflectorTimings>;
};

const TIMINGS: ReflectorTimings = {
  silenceMs: 90_000,
  relistMs: 600_000,
  backoff: { firstMs: 500, mostMs: 30_000 },
};

type Entry<View> = { readonly view: View; readonly resourceVersion: string };

/**
 * A copy of the objects of one kind that follows the server through silence, resets, refusals and forgotten versions.
 * What its callbacks throw is logged, and does not end it.
 */
export class Reflector<View> implements Task {
  readonly #options: ReflectorOptions<View>;
  readonly #timings: ReflectorTimings;
  readonly #entries = new Map<string, Entry<View>>();
  readonly #stopping = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #resourceVersion: string | undefined;
  #listedAt = -Infinity;
  #reported = '';
  #contactAt = performance.now();

  constructor(options: ReflectorOptions<View>) {
    this.#options = options;
    this.#timings = { ...TIMINGS, ...options.timings };
  }

  /** Resolves when everything has been listed once. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Since the server was last heard of. */
  get silentMs(): number {
    return performance.now() - this.#contactAt;
  }

  get(key: string): View | undefined {
    return this.#entries.get(key)?.view;
  }

  all(): readonly View[] {
    return Array.from(this.#entries.values(), ({ view }) => view);
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const failure = await this.#follow();
      if (signal.aborted) return;
      if (failure !== undefined) this.#report(failure);
      if (performance.now() - startedAt > this.#timings.backoff.mostMs) failures = 0;
      // A server that ends watches at once, if in order, is not asked again at once either.
      failures += 1;
      await sleep(pauseMs(this.#timings.backoff, failures), undefined, { signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Lists if need be, then watches; gives what went wrong, nothing when the server ended it in order. */
  async #follow(): Promise<unknown> {
    const { api, selection } = this.#options;
    try {
      const isDue = performance.now() - this.#listedAt > this.#timings.relistMs;
      if (this.#resourceVersion === undefined || isDue) await this.#list();
      const events = watch({
        api,
        selection,
        resourceVersion: this.#resourceVersion!,
        silenceMs: this.#timings.silenceMs,
        signal: this.#stopping.signal,
        onContact: () => this.#heard(),
      });
      for await (const { type, object } of events) {
        if (type !== 'BOOKMARK') this.#take(object, type === 'DELETED');
        this.#resourceVersion = object.metadata.resourceVersion;
        this.#reported = '';
      }
      return undefined;
    } catch (error) {
      // The version is forgotten there, or was never known: a restored server.
      if (isCode(error, 410) || isCode(error, 400)) this.#resourceVersion = undefined;
      return error;
    }
  }

  async #list(): Promise<void> {
    const { api, selection } = this.#options;
    const { objects, resourceVersion } = await listAll(api, selection);
    this.#heard();
    const listed = new Set(objects.map(({ metadata }) => keyOf(metadata)));
    for (const [key, { view }] of this.#entries) if (!listed.has(key)) this.#forget(key, view);
    for (const object of objects) this.#take(object, false);
    this.#resourceVersion = resourceVersion;
    this.#listedAt = performance.now();
    this.#synced.resolve();
  }

  #take(object: KubernetesObject, isDeleted: boolean): void {
    const key = keyOf(object.metadata);
    const before = this.#entries.get(key);
    if (isDeleted) {
      if (before !== undefined) this.#forget(key, before.view);
      return;
    }
    const { resourceVersion } = object.metadata;
    if (before?.resourceVersion === resourceVersion) return;
    this.#guarded(key, () => {
      const view = this.#options.read(object);
      this.#entries.set(key, { view, resourceVersion });
      this.#options.onChange(view, before?.view);
    });
  }

  #forget(key: string, view: View): void {
    this.#entries.delete(key);
    this.#guarded(key, () => this.#options.onChange(undefined, view));
  }

  #guarded(key: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      const { logger, selection } = this.#options;
      logger.error({ err: error, kind: selection.kind.kind, key }, 'a change was not taken in');
    }
  }

  #heard(): void {
    this.#contactAt = performance.now();
  }

  #report(error: unknown): void {
    const { logger, onRestart, selection } = this.#options;
    const reason = oneLine(error);
    // One line an outage, not one an attempt.
    if (reason !== this.#reported) logger.info({ kind: selection.kind.kind, reason }, 'watch starts again');
    this.#reported = reason;
    onRestart(isCode(error, 410) ? 'gone' : 'failed');
  }
}
