import { headers, PermissionViolationError, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Signal, WantedAnswers } from '../port.ts';
import { subjectToken } from '../subjects.ts';
import { dial, type Dialled } from './dial.ts';
import { parseServers, type NatsOptions, type SignalEvent } from './options.ts';
import { Outflow } from './outflow.ts';
import { connectionReason, oneLine, permissionReason, requestReason } from './reason.ts';

const RECONNECT_DELAY_MS = 2000;
const CLOSE_WITHIN_MS = 2000;
/** What one message costs on its way, besides subject and payload. */
const MESSAGE_OVERHEAD_BYTES = 32;
/** Names the failure of an answer, as NATS's own services do. */
const ERROR_HEADER = 'Nats-Service-Error';

type Callback = (error: Error | null, message: Msg) => void;
type Subscribed = { readonly subject: string; readonly callback: Callback; leave: () => void };
type Current = {
  readonly connection: NatsConnection;
  readonly sever: () => void;
  readonly outflow: Outflow;
  /** Kinds of operations that were refused and told already. */
  readonly refused: Set<string>;
  isStale: boolean;
};

/** A signal over NATS, and how it fares. */
export interface NatsSignal extends Signal {
  readonly isConnected: boolean;
  /** Messages that were published and not sent, since the start. */
  readonly droppedMessages: number;
}

/**
 * Signals over a NATS server, core only. Resolves at once and connects in the background, again and again: whether a
 * server is there never stops or slows the caller. What is published meanwhile is dropped and counted; subscriptions
 * and answers come back with the connection. Throws when the options cannot be used.
 */
export async function connectNatsSignal(options: NatsOptions): Promise<NatsSignal> {
  parseServers(options.servers);
  subjectToken(options.name);
  return new ReconnectingSignal(options);
}

class ReconnectingSignal implements NatsSignal {
  readonly #options: NatsOptions;
  readonly #closing = new AbortController();
  readonly #subscribed = new Set<Subscribed>();
  readonly #running: Promise<void>;
  #current: Current | undefined;
  #reason = 'not connected yet';
  #droppedMessages = 0;

  constructor(options: NatsOptions) {
    this.#options = options;
    this.#running = this.#keepConnected();
  }

  get isConnected(): boolean {
    return this.#usable() !== undefined;
  }

  get droppedMessages(): number {
    return this.#droppedMessages;
  }

  publish(subject: string, payload: Uint8Array): void {
    const bytes = subject.length + payload.length + MESSAGE_OVERHEAD_BYTES;
    const current = this.#usable();
    if (current?.outflow.hasRoomFor(bytes) !== true) {
      this.#droppedMessages++;
      return;
    }
    try {
      current.connection.publish(subject, payload);
      current.outflow.sent(bytes);
    } catch (error) {
      // Too large, as a rule. Whatever it is, news are not worth stopping for.
      this.#droppedMessages++;
      this.#refused(current, 'message', `${payload.length} bytes to ${subject} cannot be sent: ${oneLine(error)}`);
    }
  }

  isHeard(): boolean {
    // Who listens is known to the server alone.
    return this.isConnected;
  }

  subscribe(subject: string, listener: (payload: Uint8Array, subject: string) => void): () => void {
    return this.#listen(subject, (message) => listener(message.data, message.subject));
  }

  async request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const connection = this.#connectionFor(subject);
    let answer: Msg;
    try {
      answer = await connection.request(subject, payload, { timeout: timeoutMs });
    } catch (cause) {
      throw new Error(requestReason(cause, subject, timeoutMs), { cause });
    }
    const failure = failureOf(answer);
    if (failure !== undefined) throw new Error(failure);
    return answer.data;
  }

  async requestAll(subject: string, payload: Uint8Array, wanted: WantedAnswers): Promise<readonly Uint8Array[]> {
    const connection = this.#connectionFor(subject);
    const answers: Uint8Array[] = [];
    const limit = wanted.count === undefined ? {} : { maxMessages: wanted.count };
    const strategy = wanted.count === undefined ? 'timer' : 'count';
    try {
      const messages = await connection.requestMany(subject, payload, {
        strategy,
        maxWait: wanted.timeoutMs,
        ...limit,
      });
      for await (const message of messages) if (failureOf(message) === undefined) answers.push(message.data);
    } catch {
      // Nobody answers, or the connection was lost: what has come is all there is.
    }
    return answers;
  }

  reply(subject: string, answer: (payload: Uint8Array) => Promise<Uint8Array>): () => void {
    return this.#listen(subject, (message) => {
      // Nobody waits for it.
      if (message.reply === undefined || message.reply === '') return;
      respond(message, answer).catch(() => undefined);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#reason = 'this end is closed';
    const connection = this.#current?.connection;
    this.#subscribed.clear();
    if (connection !== undefined) {
      const drained = connection.drain().catch(() => undefined);
      await Promise.race([drained, connection.closed(), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
      await connection.close();
    }
    await this.#running;
  }

  /** One connection after the other, until closed. */
  async #keepConnected(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#use(await dial(this.#options, signal));
      } catch (error) {
        if (!signal.aborted) this.#away('unreachable', connectionReason(error));
      }
      const delayMs = (this.#options.reconnectDelayMs ?? RECONNECT_DELAY_MS) * (0.5 + Math.random());
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Settles when the connection has ended. */
  async #use({ connection, sever }: Dialled): Promise<void> {
    const outflow = new Outflow(async () => connection.flush());
    const current = { connection, sever, outflow, refused: new Set<string>(), isStale: false };
    this.#current = current;
    const watching = this.#watch(current);
    if (this.#closing.signal.aborted) await connection.close();
    else this.#tell({ kind: 'connected', server: connection.getServer() });
    for (const subscribed of this.#subscribed) this.#attach(subscribed);
    const error = await connection.closed();
    this.#current = undefined;
    await watching;
    if (this.#closing.signal.aborted) return;
    this.#away('lost', current.isStale ? 'it does not answer' : connectionReason(error ?? 'it closed the connection'));
  }

  async #watch(current: Current): Promise<void> {
    for await (const status of current.connection.status()) {
      if (status.type === 'staleConnection') {
        // The client would first try to send what is left, to a peer that does not take it any more.
        current.isStale = true;
        current.sever();
      }
      if (status.type === 'error' && status.error instanceof PermissionViolationError) {
        this.#refused(current, status.error.operation, permissionReason(status.error));
      }
    }
  }

  /** The connection, if something can be sent. It may have ended a moment ago. */
  #usable(): Current | undefined {
    return this.#current?.connection.isClosed() === true || this.#closing.signal.aborted ? undefined : this.#current;
  }

  #connectionFor(subject: string): NatsConnection {
    const current = this.#usable();
    if (current === undefined) throw new Error(`no answer on ${subject}: ${this.#reason}`);
    return current.connection;
  }

  #attach(subscribed: Subscribed): void {
    const connection = this.#usable()?.connection;
    const subscription = connection?.subscribe(subscribed.subject, { callback: subscribed.callback });
    subscribed.leave = () => subscription?.unsubscribe();
  }

  #listen(subject: string, take: (message: Msg) => void): () => void {
    const callback: Callback = (error, message) => {
      if (error !== null) return;
      try {
        take(message);
      } catch (bug) {
        // Inside the client it would only silence the connection.
        queueMicrotask(() => {
          throw bug;
        });
      }
    };
    const subscribed: Subscribed = { subject, callback, leave: () => undefined };
    this.#subscribed.add(subscribed);
    this.#attach(subscribed);
    return () => {
      if (this.#subscribed.delete(subscribed)) subscribed.leave();
    };
  }

  #refused({ refused }: Current, operation: string, reason: string): void {
    if (refused.has(operation)) return;
    refused.add(operation);
    this.#tell({ kind: 'refused', reason });
  }

  #away(kind: 'lost' | 'unreachable', reason: string): void {
    const line = `NATS at ${this.#options.servers.join(', ')} is away: ${reason}`;
    this.#reason = line;
    this.#tell({ kind, reason: line });
  }

  #tell(event: SignalEvent): void {
    this.#options.onEvent?.(event);
  }
}

async function respond(message: Msg, answer: (payload: Uint8Array) => Promise<Uint8Array>): Promise<void> {
  try {
    message.respond(await answer(message.data));
  } catch (error) {
    const failed = headers();
    failed.set(ERROR_HEADER, oneLine(error));
    message.respond(undefined, { headers: failed });
  }
}

function failureOf(message: Msg): string | undefined {
  const failure = message.headers?.get(ERROR_HEADER);
  return failure === '' ? undefined : failure;
}
