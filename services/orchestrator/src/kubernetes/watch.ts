import { ApiError } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { jsonLines } from './json-lines.ts';
import { pathOf, type KubernetesObject, type ResourceKind } from './object.ts';

/** What is watched: of one kind, in a namespace or in all, with these labels. */
export type Selection = {
  readonly kind: ResourceKind;
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
};

export type WatchOptions = {
  readonly api: ApiServer;
  readonly selection: Selection;
  readonly resourceVersion: string;
  /** Bookmarks come about once a minute: a longer silence is a dead connection. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
  readonly onContact: () => void;
};

export type WatchEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubernetesObject;
};

/** The server ends a watch after a time of its choice between these. */
const LEAST_SECONDS = 240;
const MOST_SECONDS = 300;

export type ObjectPages = { readonly objects: readonly KubernetesObject[]; readonly resourceVersion: string };

type ObjectPage = {
  readonly items?: readonly KubernetesObject[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
};

const PAGE = '500';

/** All objects there are, and the version to watch from. */
export async function listAll(api: ApiServer, selection: Selection): Promise<ObjectPages> {
  const objects: KubernetesObject[] = [];
  let next: string | undefined;
  for (;;) {
    const query = { limit: PAGE, ...(next === undefined ? {} : { continue: next }), ...labelQuery(selection) };
    const page: ObjectPage = await api.list(selection.kind, selection.namespace, query);
    objects.push(...(page.items ?? []));
    next = page.metadata.continue;
    if (next === undefined || next === '') return { objects, resourceVersion: page.metadata.resourceVersion };
  }
}

/** What happens from a version on, until the server ends it. Throws an `ApiError` when it cannot say, and when it falls silent. */
export async function* watch(options: WatchOptions): AsyncGenerator<WatchEvent> {
  const { api, selection, resourceVersion, silenceMs, signal, onContact } = options;
  const ending = new Ending(signal);
  const timer = setTimeout(() => ending.end(new Error(`nothing came for ${silenceMs / 1000} s`)), silenceMs);
  const heard = (): void => {
    timer.refresh();
    onContact();
  };
  try {
    const response = await api.send({
      method: 'GET',
      path: pathOf(selection.kind, { namespace: selection.namespace }),
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion,
        timeoutSeconds: String(Math.round(LEAST_SECONDS + Math.random() * (MOST_SECONDS - LEAST_SECONDS))),
        ...labelQuery(selection),
      },
      signal: ending.signal,
    });
    heard();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    ending.ends(reader);
    for await (const event of jsonLines(reader, heard)) yield checked(selection, event as RawEvent);
    ending.check();
  } finally {
    clearTimeout(timer);
    // Also when the reader has left early.
    ending.end(new Error('over'));
    ending[Symbol.dispose]();
  }
}

/**
 * Ends a request before and after its answer has begun. A signal alone does not: what fetch makes of it may have been
 * collected as garbage by the time that the body falls silent.
 */
class Ending implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #onStop = (): void => this.end(new Error('told to stop'));
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #reason: Error | undefined;

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    outer.addEventListener('abort', this.#onStop);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  ends(reader: ReadableStreamDefaultReader<Uint8Array>): void {
    this.#reader = reader;
  }

  end(reason: Error): void {
    this.#reason ??= reason;
    // Cancelled first: it is then over in order, and the connection is closed.
    void this.#reader?.cancel(reason).catch(() => undefined);
    this.#controller.abort(reason);
  }

  /** Throws why it was ended from this side. */
  check(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  [Symbol.dispose](): void {
    this.#outer.removeEventListener('abort', this.#onStop);
  }
}

type RawEvent =
  | WatchEvent
  | {
      readonly type: 'ERROR';
      readonly object: { readonly code?: number; readonly reason?: string; readonly message?: string };
    };

function checked({ kind }: Selection, event: RawEvent): WatchEvent {
  if (event.type !== 'ERROR') return event;
  const { code = 500, reason = '', message = '' } = event.object;
  throw new ApiError(`watch ${kind.plural}`, { code, reason, message });
}

function labelQuery({ labelSelector }: Selection): Record<string, string> {
  return labelSelector === undefined ? {} : { labelSelector };
}
