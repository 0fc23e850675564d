import { HttpMethod, RequestContext, type KubeConfig } from '@kubernetes/client-node';
import { fetch, type Dispatcher, type Response } from 'undici';
import { ApiError } from './api-error.ts';
import { pathOf, type KubernetesObject, type ObjectName, type ObjectToWrite, type ResourceKind } from './object.ts';

export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal: AbortSignal;
};

export type ApiServerOptions = {
  readonly config: KubeConfig;
  /** Milliseconds within which a request that changes something must be over; 0 when it may not be made. */
  readonly mayWriteForMs: () => number;
  readonly onAnswer: (method: string, code: number) => void;
  /** From the request to the end of its answer; a watch has none. */
  readonly timeoutMs: number;
};

/** Whoever applies says so under a name; what they set is theirs, until another sets it. */
export type FieldManager = 'tillstream-operator' | 'tillstream-autoscaler';

export type ApplyOptions = { readonly part?: 'status'; readonly dryRun?: boolean };

const DEFAULT_TIMEOUT_MS = 15_000;
/** The only objects that somebody without leadership writes. */
const LEASES_PATH = '/apis/coordination.k8s.io/';

/**
 * Requests to the Kubernetes API, with a bound on the time of each, and no repetition: whoever asks knows when to ask
 * again. client-node knows where the server is and who we are; its own requests have no bound, and connect anew each time.
 */
export class ApiServer {
  readonly #options: ApiServerOptions;
  #dispatcher: Dispatcher | undefined;

  constructor(options: Omit<ApiServerOptions, 'timeoutMs'> & { readonly timeoutMs?: number }) {
    this.#options = { timeoutMs: DEFAULT_TIMEOUT_MS, ...options };
  }

  async get<Found extends KubernetesObject>(kind: ResourceKind, { namespace, name }: ObjectName): Promise<Found> {
    return this.#ask({ method: 'GET', path: pathOf(kind, { namespace, name }) });
  }

  /** One page. */
  async list<Found>(kind: ResourceKind, namespace: string | undefined, query: Record<string, string>): Promise<Found> {
    return this.#ask({ method: 'GET', path: pathOf(kind, { namespace }), query });
  }

  async create<Made extends KubernetesObject>(kind: ResourceKind, object: ObjectToWrite): Promise<Made> {
    const { namespace } = object.metadata;
    return this.#ask({ method: 'POST', path: pathOf(kind, { namespace }), body: object, query: AS_OPERATOR });
  }

  /** Refused with 409 when the object is not any more what its resourceVersion says. */
  async replace<Made extends KubernetesObject>(kind: ResourceKind, object: ObjectToWrite): Promise<Made> {
    const { namespace, name } = object.metadata;
    return this.#ask({ method: 'PUT', path: pathOf(kind, { namespace, name }), body: object, query: AS_OPERATOR });
  }

  /** Makes what the object says so, whoever set it before; what this manager said earlier and does not say now goes. */
  async apply<Made extends KubernetesObject>(
    kind: ResourceKind,
    object: ObjectToWrite,
    fieldManager: FieldManager,
    { part, dryRun = false }: ApplyOptions = {},
  ): Promise<Made> {
    const { namespace, name } = object.metadata;
    return this.#ask({
      method: 'PATCH',
      path: pathOf(kind, { namespace, name, ...(part === undefined ? {} : { part }) }),
      query: { fieldManager, force: 'true', ...(dryRun ? { dryRun: 'All' } : {}) },
      body: { apiVersion: kind.apiVersion, kind: kind.kind, ...object },
      contentType: 'application/apply-patch+yaml',
    });
  }

  /** What belongs to it is deleted after it. Gone already is fine. */
  async delete(kind: ResourceKind, { namespace, name }: ObjectName): Promise<void> {
    const body = { propagationPolicy: 'Background' };
    try {
      await this.#ask({ method: 'DELETE', path: pathOf(kind, { namespace, name }), body });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }

  /** The answer to a request, before its body; there is no bound on its time. Throws an `ApiError` unless it is a 2xx. */
  async send(request: ApiRequest): Promise<Response> {
    const { onAnswer } = this.#options;
    const what = `${request.method} ${request.path}`;
    const response = await this.#fetch(request).catch((cause: unknown) => {
      const { message } = ((cause as Error).cause ?? cause) as Error;
      throw new Error(`${what}: ${message}`, { cause });
    });
    onAnswer(request.method, response.status);
    if (response.ok) return response;
    throw ApiError.of(what, response.status, await response.text());
  }

  /** Milliseconds that a request may take. Throws when it may not be made. */
  #timeFor({ method, path }: Pick<ApiRequest, 'method' | 'path'>): number {
    const { timeoutMs, mayWriteForMs } = this.#options;
    if (method === 'GET' || path.startsWith(LEASES_PATH)) return timeoutMs;
    const ms = Math.min(timeoutMs, mayWriteForMs());
    if (ms > 0) return ms;
    throw new Error(`${method} ${path} is not sent: this replica is not the leader any more`);
  }

  /** Looked at again when there is a connection to send it by: this process may have stood still meanwhile. */
  async *#contentOf(request: ApiRequest, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#timeFor(request);
    yield bytes;
  }

  async #fetch(request: ApiRequest): Promise<Response> {
    const { method, path, query = {}, contentType = 'application/json', signal } = request;
    const { config } = this.#options;
    const url = new URL(config.getCurrentCluster()!.server.replace(/\/$/, '') + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const context = new RequestContext(url.href, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    // Every call above makes another; connections are kept by the first.
    this.#dispatcher ??= context.getDispatcher() as Dispatcher | undefined;
    const bytes = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    return fetch(url, {
      method,
      headers: {
        ...context.getHeaders(),
        accept: 'application/json',
        'content-type': contentType,
        // Head and content then leave in one write. Chunks are ended by a write of their own: who stands still before it
        // ends the request when another leads.
        ...(bytes && { 'content-length': String(bytes.length) }),
      },
      ...(bytes && { body: this.#contentOf(request, bytes), duplex: 'half' as const }),
      ...(this.#dispatcher === undefined ? {} : { dispatcher: this.#dispatcher }),
      signal,
    });
  }

  /** The time is kept by a race: a body that falls silent does not always hear of its signal. */
  async #ask<Answer>(request: Omit<ApiRequest, 'signal'>): Promise<Answer> {
    const timeoutMs = this.#timeFor(request);
    const ending = new AbortController();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const error = new Error(
        `${request.method} ${request.path}: no answer within ${Math.round(timeoutMs / 100) / 10} s`,
      );
      ending.abort(error);
      late.reject(error);
    }, timeoutMs);
    try {
      const answer = this.send({ ...request, signal: ending.signal }).then(async (response) => response.json());
      return (await Promise.race([answer, late.promise])) as Answer;
    } finally {
      clearTimeout(timer);
    }
  }
}

const AS_OPERATOR = { fieldManager: 'tillstream-operator' satisfies FieldManager } as const;
