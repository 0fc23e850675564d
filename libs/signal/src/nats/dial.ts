import {
  connect,
  credsAuthenticator,
  nkeyAuthenticator,
  usernamePasswordAuthenticator,
  type Authenticator,
  type NatsConnection,
} from '@nats-io/transport-node';
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { isIP, type Socket } from 'node:net';
import { subjectToken } from '../subjects.ts';
import { parseServers, type NatsCredentials, type NatsOptions } from './options.ts';

const CONNECT_TIMEOUT_MS = 5000;
const PING_INTERVAL_MS = 20_000;

/** `sever` cuts the connection off without any farewell: for a peer that does not listen. */
export type Dialled = { readonly connection: NatsConnection; readonly sever: () => void };

/** Sockets that an attempt opens. The client leaves them open when a server accepts and then says nothing. */
type Attempt = { readonly sockets: Socket[]; isUnderWay: boolean };
const attempts = new AsyncLocalStorage<Attempt>();
subscribe('net.client.socket', (message) => {
  const attempt = attempts.getStore();
  if (attempt?.isUnderWay === true) attempt.sockets.push((message as { socket: Socket }).socket);
});

/**
 * One attempt to connect, at each server once. The client does not reconnect by itself: then it would buffer what is
 * published meanwhile, keep quiet about why it fails, and could not be closed before its first connection.
 */
export async function dial(options: NatsOptions, giveUp: AbortSignal): Promise<Dialled> {
  const { login, tls } = options.security?.() ?? {};
  const { addresses, isTlsRequired } = parseServers(options.servers);
  const isTls = tls !== undefined || isTlsRequired;
  if (isTls && addresses.some(hasNoName)) {
    // The client would compare the certificate with `localhost`.
    throw new RangeError('with TLS a NATS server is known by its name: write names, not IP addresses');
  }
  const attempt: Attempt = { sockets: [], isUnderWay: true };
  const sever = (): void => {
    for (const socket of attempt.sockets) socket.destroy();
  };
  giveUp.addEventListener('abort', sever);
  try {
    const connection = await attempts.run(attempt, async () =>
      connect({
        servers: addresses,
        name: options.name,
        inboxPrefix: `_INBOX.${subjectToken(options.name)}`,
        timeout: CONNECT_TIMEOUT_MS,
        pingInterval: options.pingIntervalMs ?? PING_INTERVAL_MS,
        maxPingOut: 2,
        reconnect: false,
        noAsyncTraces: true,
        ...(login === undefined ? {} : { authenticator: authenticator(login) }),
        ...(isTls ? { tls: { ...tls } } : {}),
      }),
    );
    return { connection, sever };
  } catch (error) {
    sever();
    throw error;
  } finally {
    attempt.isUnderWay = false;
    giveUp.removeEventListener('abort', sever);
  }
}

function hasNoName(address: string): boolean {
  return address.startsWith('[') || isIP(address.replace(/:\d+$/, '')) !== 0;
}

function authenticator(login: NatsCredentials): Authenticator {
  if ('user' in login) return usernamePasswordAuthenticator(login.user, login.password);
  if ('seed' in login) return nkeyAuthenticator(Buffer.from(login.seed.trim()));
  return credsAuthenticator(Buffer.from(login.credentials));
}
