import { freePort } from '@tillstream/stack';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * What happens to connections, present and new. `afterBytes` counts the bytes of the answer that still come through, from
 * the moment the fault is set; 0: the request is delivered, and carried out, and nothing of the answer comes back.
 */
type Fault =
  | { readonly kind: 'none' }
  /** Nobody listens, and present connections are reset. */
  | { readonly kind: 'refuse' }
  /** The answer ends early, as if it were whole. `times` connections, all when not given. */
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly times?: number }
  /** The same with a reset. */
  | { readonly kind: 'reset'; readonly afterBytes: number; readonly times?: number }
  /** Each piece of an answer comes later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Half-open: what is sent disappears, for good on these connections. */
  | { readonly kind: 'hang'; readonly times?: number };

export type FaultProxy = AsyncDisposable & {
  readonly port: number;
  /** Connections that the present fault has hit. */
  readonly hits: number;
  set(fault: Fault): Promise<void>;
};

const HOST = '127.0.0.1';

/** A TCP proxy on a free port of this machine, with faults to order. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const links = new Set<Link>();
  const state: FaultState = { fault: { kind: 'none' }, hits: 0 };
  const server = createServer((client) => {
    const link = new Link(client, createConnection(targetPort, HOST), state);
    links.add(link);
    client.once('close', () => links.delete(link));
  });
  // Its own also while it is not listened on.
  await listen(server, await freePort(0));
  const { port } = server.address() as AddressInfo;
  const drop = async (): Promise<void> => {
    const closing = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const link of links) link.reset();
    await closing;
  };
  return {
    port,
    get hits() {
      return state.hits;
    },
    async set(fault) {
      state.fault = fault;
      state.hits = 0;
      for (const link of links) link.begin();
      if (fault.kind === 'refuse') await drop();
      else if (!server.listening) await listen(server, port);
    },
    [Symbol.asyncDispose]: drop,
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, HOST);
  await once(server, 'listening');
}

type FaultState = { fault: Fault; hits: number };

/** A connection and the one behind it. */
class Link {
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #state: FaultState;
  #answered = 0;
  /** Pieces that wait: each timer sends the first of them, so that none overtakes another. */
  readonly #late: Buffer[] = [];
  #lateUntil = 0;
  #isHit = false;
  #isDead = false;

  constructor(client: Socket, target: Socket, state: FaultState) {
    this.#client = client;
    this.#target = target;
    this.#state = state;
    client.on('data', (bytes) => this.#ask(bytes));
    target.on('data', (bytes) => this.#answer(bytes));
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.on('end', () => this.#isDead || to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => this.#isDead || to.destroySoon());
    }
  }

  /** Another fault: what is counted begins anew. */
  begin(): void {
    this.#answered = 0;
    this.#isHit = false;
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#target.destroy();
  }

  #ask(bytes: Buffer): void {
    if (this.#state.fault.kind === 'hang' && this.#hit()) this.#isDead = true;
    if (!this.#isDead) this.#target.write(bytes);
  }

  #answer(bytes: Buffer): void {
    const { fault } = this.#state;
    if (this.#isDead) return;
    if (fault.kind === 'delay') {
      this.#state.hits += 1;
      this.#sendLater(bytes, fault.milliseconds);
    } else if (fault.kind === 'none' && this.#late.length > 0) this.#sendLater(bytes, 0);
    else if (fault.kind === 'cut' || fault.kind === 'reset') this.#cut(bytes, fault);
    else this.#client.write(bytes);
  }

  #sendLater(bytes: Buffer, milliseconds: number): void {
    const now = performance.now();
    this.#lateUntil = Math.max(this.#lateUntil, now + milliseconds);
    this.#late.push(bytes);
    setTimeout(() => {
      const first = this.#late.shift()!;
      if (this.#client.writable) this.#client.write(first);
    }, this.#lateUntil - now);
  }

  #cut(bytes: Buffer, { kind, afterBytes }: Fault & { kind: 'cut' | 'reset' }): void {
    const left = afterBytes - this.#answered;
    this.#answered += bytes.length;
    if (bytes.length <= left || !this.#hit()) {
      this.#client.write(bytes);
      return;
    }
    this.#target.destroy();
    if (kind === 'reset') this.#client.resetAndDestroy();
    else this.#client.end(bytes.subarray(0, left));
  }

  /** False when the fault has hit as many connections as it should. */
  #hit(): boolean {
    const { fault } = this.#state;
    if (this.#isHit) return true;
    if ('times' in fault && fault.times !== undefined && this.#state.hits >= fault.times) return false;
    this.#isHit = true;
    this.#state.hits += 1;
    return true;
  }
}
