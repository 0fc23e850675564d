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
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(new Error(`nothing came for ${silenceMs / 1000} s`)), silenceMs);
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
      signal: AbortSignal.any([signal, silent.signal]),
    });
    const heard = (): void => {
      timer.refresh();
      onContact();
    };
    heard();
    for await (const event of jsonLines(response.body as AsyncIterable<Uint8Array>, heard)) {
      yield checked(selection, event as RawEvent);
    }
  } finally {
    clearTimeout(timer);
    // Ends the request when the reader has left early.
    silent.abort();
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
