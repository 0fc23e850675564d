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

export type FaultyApi = AsyncDisposable & {
  /** For an operator: the same user as in the kubeconfig that was given, by way of the faults. */
  readonly kubeconfig: object;
  /** How many faults there were, by kind. */
  readonly counts: Readonly<Record<Fault, number>>;
  /** Share of the requests that a fault happens to, 0 to 1. Leases are spared: who loses one ends, which is another test. */
  rate: number;
  /** Ends every connection, watches too. */
  breakConnections(): void;
};

type Admin = {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
};

/** The API server behind a proxy that does to requests what networks and servers do to them. `random` gives 0 to 1. */
export async function startFaultyApi(kubeconfigPath: string, random: () => number): Promise<FaultyApi> {
  const admin = JSON.parse(readFileSync(kubeconfigPath, 'utf8')) as Admin;
  const { server: url, 'certificate-authority-data': ca } = admin.clusters[0].cluster;
  const { 'client-certificate-data': cert, 'client-key-data': key } = admin.users[0].user;
  const decoded = (text: string): string => Buffer.from(text, 'base64').toString();
  const agent = new Agent({ ca: decoded(ca), cert: decoded(cert), key: decoded(key), keepAlive: true });
  const counts = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  const api = { rate: 0 };
  const choose = (request: IncomingMessage): Fault | undefined => {
    if (request.url!.includes('/leases/') || random() >= api.rate) return undefined;
    const fault = FAULTS[Math.floor(random() * FAULTS.length)]!;
    // Each costs its victim a whole time limit.
    if (fault === 'silent' && random() > 0.2) return undefined;
    counts[fault]++;
    return fault;
  };
  const server = createServer((request, response) => {
    const fault = choose(request);
    if (fault === 'silent') return;
    if (fault === 'reset') request.socket.resetAndDestroy();
    else if (fault !== undefined && /^\d/.test(fault)) refuse(response, Number(fault));
    else pass(request, response, { url, agent, fault });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(api, {
    counts,
    breakConnections: () => server.closeAllConnections(),
    kubeconfig: {
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      clusters: [{ name: 'x', cluster: { server: own, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'x', user: {} }],
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function refuse(response: ServerResponse, code: number): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', code, reason: 'Injected', message: 'a fault of the test' }));
}

type Target = { readonly url: string; readonly agent: Agent; readonly fault: Fault | undefined };

function pass(request: IncomingMessage, response: ServerResponse, { url, agent, fault }: Target): void {
  const { host: _, ...headers } = request.headers;
  const onward = forward(`${url}${request.url!}`, { method: request.method, headers, agent }, (answer) => {
    if (fault === 'unanswered') return void request.socket.resetAndDestroy();
    response.writeHead(answer.statusCode!, answer.headers);
    if (fault !== 'cut') return void answer.pipe(response);
    answer.once('data', (bytes: Buffer) => {
      response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.resetAndDestroy());
      answer.destroy();
    });
  });
  onward.once('error', () => request.socket.destroy());
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}
