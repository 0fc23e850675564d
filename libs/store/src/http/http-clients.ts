import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';

import { DATABASE } from '../schema/ddl.ts';
import type { ClickHouseStoreOptions } from './open-clickhouse-store.ts';

type Settings = Readonly<Record<string, string | number>>;

/** Silence of the server after which a request is given up: with the signs of life below, it is away. */
const REQUEST_TIMEOUT_MS = 60_000;

const SETTINGS: Settings = {
  // An answer begins when it is whole: an error has its status, and the number of written rows is final.
  wait_end_of_query: 1,
  // Signs of life, for load balancers and the time-out above.
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: 15_000,
  // The port's promise; off by default since ClickHouse 25.8.
  output_format_json_quote_64bit_integers: 1,
};

/** Signs of life come as headers of the answer, some 200 bytes each; 1 MiB is enough for a day. */
const MAX_HEADER_BYTES = 1024 ** 2;

/** For our own statements. */
export function writingClient(options: ClickHouseStoreOptions): ClickHouseClient {
  return clientOf(options, { ...SETTINGS, ...clusterSettings(options) });
}

/** For what people write: a user of its own who may only read, or the same one in read-only mode. */
export function readingClient(options: ClickHouseStoreOptions): ClickHouseClient {
  const { reader } = options;
  if (reader === undefined) return clientOf(options, { ...SETTINGS, readonly: 2 }, DATABASE);
  return clientOf({ ...options, username: reader.username, password: reader.password }, SETTINGS, DATABASE);
}

/** An insert is answered when so many replicas have it. */
function clusterSettings({ cluster }: ClickHouseStoreOptions): Settings {
  return cluster === undefined ? {} : { insert_quorum: String(cluster.insertQuorum), insert_quorum_parallel: 1 };
}

/** Our own statements name the database; it may not be there yet. */
function clientOf(options: ClickHouseStoreOptions, settings: Settings, database?: string): ClickHouseClient {
  const { url, username, password, tls, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  return createClient({
    url,
    username: username ?? 'default',
    password: password ?? '',
    application: 'tillstream',
    ...(database !== undefined && { database }),
    ...(tls === undefined ? {} : { tls: tlsOf(tls) }),
    request_timeout: requestTimeoutMs,
    max_response_headers_size: MAX_HEADER_BYTES,
    // Shorter than ClickHouse keeps a connection, so that none is used that it is about to close.
    keep_alive: { enabled: true, idle_socket_ttl: 2500, eagerly_destroy_stale_sockets: true },
    compression: { request: false, response: false },
    clickhouse_settings: settings,
    // Our errors tell already what the client's log would tell on the console.
    log: { level: ClickHouseLogLevel.OFF },
  });
}

function tlsOf({ ca, cert, key }: NonNullable<ClickHouseStoreOptions['tls']>) {
  return cert === undefined || key === undefined ? { ca_cert: ca } : { ca_cert: ca, cert, key };
}
