import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as forward } from 'node:https';
import type { AddressInfo } from 'node:net';

/**
 * What may happen to a request. `unanswered`: it is carried out, and nobody hears of it. `silent`: neither an answer nor
 * an end. `cut`: the answer ends in the middle.
 */
const FAULTS = ['reset', 'unanswered', 'silent', 'cut', '409', '410', '500', '503'] as const;
type Fault = (typeof FAULTS)[number];

/** A request that the API server has answered. Times are milliseconds of `performance.now()`. */
export type Seen = {
  readonly who: string;
  readonly method: string;
  /** With the query. */
  readonly url: string;
  /** When it came, and when the API server had done it. */
  readonly at: number;
  readonly doneAt: number;
  readonly code: number;
};

export type ApiProxy = AsyncDisposable & {
  /** Of somebody who asks by way of the proxy. */
  kubeconfigFor(who: string): object;
  /** In the order of the answers; a watch when it begins. */
  readonly seen: readonly Seen[];
  /** How many faults there were, by kind. */
  readonly counts: Readonly<Record<Fault, number>>;
  /** Share of the requests that a fault happens to, 0 to 1. Leases are spared: who loses one ends, which is another test. */
  rate: number;
  /** Ends every connection, watches too. */
  breakConnections(): void;
  /** Those whose requests about leases are not answered. */
  readonly withoutLease: Set<string>;
};

type Kubeconfig = {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
};

/**
 * The API server behind a proxy that sees who asks for what, and does to requests what networks and servers do to them.
 * All ask as the user of the kubeconfig. `random` gives 0 to 1.
 */
export async function startApiProxy(kubeconfigPath: string, random: () => number): Promise<ApiProxy> {
  const target = targetOf(JSON.parse(readFileSync(kubeconfigPath, 'utf8')) as Kubeconfig);
  const seen: Seen[] = [];
  const counts = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  const api = { rate: 0, withoutLease: new Set<string>() };
  const choose = (who: string, url: string): Fault | undefined => {
    if (url.includes('/leases')) return api.withoutLease.has(who) ? 'silent' : undefined;
    if (random() >= api.rate) return undefined;
    const fault = FAULTS[Math.floor(random() * FAULTS.length)]!;
    // Each costs its victim a whole time limit.
    if (fault === 'silent' && random() > 0.2) return undefined;
    counts[fault]++;
    return fault;
  };
  const server = createServer((request, response) => {
    const [, who, url] = /^\/([^/]+)(.*)$/.exec(request.url!)!;
    const fault = choose(who!, url!);
    if (fault === 'silent') return;
    if (fault === 'reset') request.socket.resetAndDestroy();
    else if (fault !== undefined && /^\d/.test(fault)) refuse(response, Number(fault));
    else pass(request, response, { ...target, who: who!, url: url!, fault, onDone: (one) => seen.push(one) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(api, {
    seen,
    counts,
    breakConnections: () => server.closeAllConnections(),
    kubeconfigFor: (who: string) => ({
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      clusters: [{ name: 'x', cluster: { server: `${own}/${who}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'x', user: {} }],
    }),
    async [Symbol.asyncDispose]() {
      target.agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

type Target = { readonly server: string; readonly agent: Agent };

function targetOf({ clusters, users }: Kubeconfig): Target {
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
  const { 'client-certificate-data': cert, 'client-key-data': key } = users[0].user;
  const decoded = (text: string): string => Buffer.from(text, 'base64').toString();
  return { server, agent: new Agent({ ca: decoded(ca), cert: decoded(cert), key: decoded(key), keepAlive: true }) };
}

function refuse(response: ServerResponse, code: number): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', code, reason: 'Injected', message: 'a fault of the test' }));
}

type Passing = Target & {
  readonly who: string;
  readonly url: string;
  readonly fault: Fault | undefined;
  readonly onDone: (seen: Seen) => void;
};

function pass(request: IncomingMessage, response: ServerResponse, passing: Passing): void {
  const { server, agent, who, url, fault, onDone } = passing;
  const { host: _, ...headers } = request.headers;
  const method = request.method!;
  const at = performance.now();
  const onward = forward(`${server}${url}`, { method, headers, agent }, (answer) => {
    const code = answer.statusCode!;
    onDone({ who, method, url, at, doneAt: performance.now(), code });
    if (fault === 'unanswered') return void request.socket.resetAndDestroy();
    response.writeHead(code, answer.headers);
    // Else a watch would stay open, and silent, when the server has gone.
    answer.once('close', () => answer.complete || request.socket.destroy());
    if (fault !== 'cut') return void answer.pipe(response);
    answer.once('data', (bytes: Buffer) => {
      response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.resetAndDestroy());
      answer.destroy();
    });
  });
  onward.once('error', () => request.socket.destroy());
  request.once('error', () => onward.destroy());
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}
