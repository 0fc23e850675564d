import { KubeConfig } from '@kubernetes/client-node';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ApiServer } from '../api-server.ts';
import type { KubernetesObject } from '../object.ts';

/** What the next watch does: ends after these lines, or never when it hangs. */
export type WatchScript = { readonly lines: readonly object[]; readonly ending: 'end' | 'hang' | 'reset' };

/** A server that lists what it has and plays a script for each watch; faults that a real one shows once a month. */
export class ScriptedServer implements AsyncDisposable {
  objects: readonly KubernetesObject[] = [];
  version = 1;
  /** Answers nothing. */
  isMute = false;
  /** Status of the next answers, before they are as usual. */
  readonly failures: number[] = [];
  readonly watches: WatchScript[] = [];
  readonly requests: string[] = [];
  /** What came with requests, in full. */
  readonly bodies: string[] = [];
  /** How long a request with a body said that it is; undefined when it came in chunks. */
  readonly lengths: (string | undefined)[] = [];
  readonly #hanging = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => this.#answer(request, response));

  static async start(): Promise<ScriptedServer> {
    const one = new ScriptedServer();
    one.#server.listen(0, '127.0.0.1');
    await once(one.#server, 'listening');
    return one;
  }

  api(mayWriteForMs: () => number = () => 1000, timeoutMs = 1000): ApiServer {
    const config = new KubeConfig();
    const server = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    config.loadFromClusterAndUser({ name: 'test', server, skipTLSVerify: true }, { name: 'test' });
    return new ApiServer({ config, mayWriteForMs, onAnswer: () => undefined, timeoutMs });
  }

  /** To whoever watches now. */
  say(line: object): void {
    for (const response of this.#hanging) response.write(`${JSON.stringify(line)}\n`);
  }

  endWatches(): void {
    for (const response of this.#hanging) response.end();
    this.#hanging.clear();
  }

  count(kind: 'list' | 'watch'): number {
    return this.requests.filter((url) => url.includes('watch=true') === (kind === 'watch')).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    this.requests.push(url);
    void text(request).then(
      (body) => {
        if (body === '') return;
        this.bodies.push(body);
        this.lengths.push(request.headers['content-length']);
      },
      () => undefined,
    );
    if (this.isMute) return;
    const failure = this.failures.shift();
    if (failure !== undefined) {
      response.writeHead(failure).end(JSON.stringify({ reason: 'Scripted', message: 'as told' }));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.includes('watch=true')) this.#watch(response);
    else response.end(JSON.stringify({ metadata: { resourceVersion: String(this.version) }, items: this.objects }));
  }

  #watch(response: ServerResponse): void {
    const { lines, ending } = this.watches.shift() ?? { lines: [], ending: 'hang' };
    response.flushHeaders();
    for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
    if (ending === 'hang') this.#hanging.add(response);
    if (ending === 'end') response.end();
    if (ending === 'reset') setTimeout(() => response.destroy(), 10);
  }
}

export function anObject(name: string, resourceVersion: number, more: object = {}): KubernetesObject {
  const metadata = { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: String(resourceVersion) };
  return { ...more, metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z' } };
}
