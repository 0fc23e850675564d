import type { TlsOptions } from '@nats-io/transport-node';

export type NatsCredentials =
  | { readonly user: string; readonly password: string }
  /** An nkey's seed, `SU…`. */
  | { readonly seed: string }
  /** The content of a credentials file: a JWT and its seed. */
  | { readonly credentials: string };

/** Contents in PEM, not paths. Without `ca` the system's authorities count. */
type NatsTls = Pick<TlsOptions, 'ca' | 'cert' | 'key'>;

export type NatsSecurity = {
  readonly login?: NatsCredentials | undefined;
  /** A server that does not speak TLS is then refused. */
  readonly tls?: NatsTls | undefined;
};

/** What happens to the connection. Lines for a log; they hold no secret. */
export type SignalEvent =
  | { readonly kind: 'connected'; readonly server: string }
  /** The connection ended: it is sought again, for ever. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** One attempt to connect failed: another follows. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The server or its limits do not let something through; once for each connection and kind of operation. */
  | { readonly kind: 'refused'; readonly reason: string };

export type NatsOptions = {
  /** `host:port`, `nats://host:port`, or `tls://host:port`, which insists on TLS. */
  readonly servers: readonly string[];
  /** Who connects: a service's name. Answers to its requests come to `_INBOX.<name>`. */
  readonly name: string;
  /** Read before each attempt to connect, so that a rotated secret needs no restart. */
  readonly security?: () => NatsSecurity;
  readonly onEvent?: (event: SignalEvent) => void;
  /** After two unanswered pings the connection is given up. 20 s by default. */
  readonly pingIntervalMs?: number;
  /** Mean time between two attempts; each waits for half to one and a half of it. 2 s by default. */
  readonly reconnectDelayMs?: number;
};

/** Servers as `host:port`, and whether one of them insists on TLS. Throws on an address that holds a secret. */
export function parseServers(servers: readonly string[]): { addresses: string[]; isTlsRequired: boolean } {
  if (servers.length === 0) throw new RangeError('no NATS server is named: give at least one host:port');
  let isTlsRequired = false;
  const addresses = servers.map((server) => {
    const [, scheme = 'nats', address = ''] = /^(?:([a-z]+):\/\/)?(.*?)\/?$/i.exec(server.trim()) ?? [];
    // Not repeated in the message: it may hold a password.
    if (address.includes('@')) {
      throw new RangeError('a NATS server address holds a user or password: give them as credentials instead');
    }
    if (!['nats', 'tls'].includes(scheme) || !/^([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/.test(address)) {
      throw new RangeError(
        `${JSON.stringify(server)} is no NATS server: write host:port, nats://host:port or tls://host:port`,
      );
    }
    isTlsRequired ||= scheme === 'tls';
    return address;
  });
  return { addresses, isTlsRequired };
}
