import { ClickHouseError, parseError } from '@clickhouse/client';

import { StoreError, type StoreErrorCode } from '../store-error.ts';

/** What ClickHouse's types of errors mean for who asked. Of a type that matches none it is unknown whether to try again. */
const MEANINGS: readonly (readonly [RegExp, StoreErrorCode])[] = [
  [/^NOT_ENOUGH_SPACE$/, 'disk_full'],
  [/^TOO_MANY_PARTS$/, 'too_many_parts'],
  [/^(MEMORY_LIMIT_EXCEEDED|CANNOT_ALLOCATE_MEMORY)$/, 'out_of_memory'],
  [/^(AUTHENTICATION_FAILED|REQUIRED_PASSWORD|WRONG_PASSWORD|UNKNOWN_USER|ACCESS_DENIED)$/, 'access_denied'],
  // Between servers: another replica, Keeper.
  [/^(NETWORK_ERROR|SOCKET_TIMEOUT|DNS_ERROR|ALL_CONNECTION_TRIES_FAILED|NO_FREE_CONNECTION)$/, 'unreachable'],
  [/KEEPER_EXCEPTION$|^NO_ZOOKEEPER$|^UNKNOWN_STATUS_OF_INSERT$|QUORUM|^TOO_FEW_LIVE_REPLICAS$/, 'not_ready'],
  [/^(TABLE_IS_READ_ONLY|TABLE_IS_BEING_RESTARTED|ALL_REPLICAS_LOST|ABORTED|UNFINISHED)$/, 'not_ready'],
  [/^(TOO_MANY_SIMULTANEOUS_QUERIES|SERVER_OVERLOADED|CANNOT_SCHEDULE_TASK|QUERY_WAS_CANCELLED)$/, 'not_ready'],
  // Wrong statements: syntax, names, types, functions.
  [/SYNTAX|ARGUMENT|AMBIGUOUS|MISMATCH|NO_COMMON_TYPE|NOT_FOUND_COLUMN|NO_SUCH_COLUMN|MISSING_COLUMNS/, 'bad_query'],
  [
    /^UNKNOWN_(IDENTIFIER|TABLE|DATABASE|FUNCTION|AGGREGATE_FUNCTION|TYPE|SETTING|FORMAT|QUERY_PARAMETER)$/,
    'bad_query',
  ],
  [/^(TABLE|DATABASE|COLUMN)_ALREADY_EXISTS$|^NOT_AN_AGGREGATE$|^ILLEGAL_|^FUNCTION_|^NOT_IMPLEMENTED$/, 'bad_query'],
  // Wrong values and blocks.
  [
    /^CANNOT_(PARSE|READ_ALL_DATA|READ_ARRAY|CONVERT|INSERT)|^(INCORRECT|BAD|TOO_LARGE)_|OUT_OF_(RANGE|BOUND)$/,
    'bad_query',
  ],
  // Not allowed, or over a limit that the statement set itself.
  [/^(READONLY|SUPPORT_IS_DISABLED|TIMEOUT_EXCEEDED|TOO_MANY_ROWS|TOO_MANY_BYTES|TOO_MANY_PARTITIONS)/, 'bad_query'],
];

const ADVICE: Readonly<Record<StoreErrorCode, string>> = {
  disk_full: 'free some space on that disk and start again; nothing that was acknowledged is lost',
  damaged: '',
  busy: 'stop the other process, or use another folder',
  no_store: 'start the pipeline once, or give the folder of another store',
  other_version: 'use the version that wrote it, or move the folder away and replay',
  bad_query: '',
  too_many_parts: 'insert larger blocks less often; merging catches up by itself',
  out_of_memory: 'ask for less at once, or give the process more memory',
  unreachable: '',
  not_ready: 'it may pass by itself; look at the server when it does not',
  access_denied: 'check user, password, privileges and certificates',
  closed: 'open the store again',
  unknown: '',
};

const LONGEST_CAUSE = 400;

/** Whatever the client, the engine or the file system threw, as a StoreError; `doing` says what was tried, and on what. */
export function toStoreError(error: unknown, doing: string): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  // The client has taken apart what the server said; chDB has not.
  const parsed = error instanceof ClickHouseError ? error : parseError(text);
  const type = 'type' in parsed ? String(parsed.type) : undefined;
  const code = classify(error, text, type);
  const advice = ADVICE[code] === '' ? '' : `; ${ADVICE[code]}`;
  const origin = type === undefined ? '' : ` (${type})`;
  return new StoreError(code, `${doing} failed: ${oneLine(parsed.message)}${origin}${advice}`, { cause: error });
}

function classify(error: unknown, text: string, type: string | undefined): StoreErrorCode {
  // A write that fails half-way has the type of the operation, and the system's reason in the text.
  if (systemCode(error) === 'ENOSPC' || /No space left on device|errno: 28\b/.test(text)) return 'disk_full';
  const connection = connectionFailure(error, text);
  if (connection !== undefined) return connection;
  const meaning = type === undefined ? undefined : MEANINGS.find(([pattern]) => pattern.test(type));
  if (meaning !== undefined) return meaning[1];
  if (systemCode(error) === 'CHDB_CLOSED') return 'closed';
  return systemCode(error) === 'CHDB_BIND' ? 'bad_query' : 'unknown';
}

/** What Node says of sockets and certificates. */
function connectionFailure(error: unknown, text: string): StoreErrorCode | undefined {
  const code = systemCode(error) ?? '';
  if (/^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO$)/.test(code)) return 'access_denied';
  if (/^(ECONN|EPIPE$|ETIMEDOUT$|ENOTFOUND$|EAI_|EHOST|ENET|EADDRNOTAVAIL$)/.test(code)) return 'unreachable';
  // Given up from this side, by Node before the client knows of it: who waits is told by its own signal that it is over.
  if (/^(ERR_STREAM_PREMATURE_CLOSE|HPE_.*|ABORT_ERR)$/.test(code)) return 'unreachable';
  return CLIENT_FAILURE.test(text) ? 'unreachable' : undefined;
}

/** Of @clickhouse/client, without a code. */
const CLIENT_FAILURE = /^(Timeout error\.|The user aborted a request\.|aborted|socket hang up)$/;

function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replace(/[.:;,\s]+$/, '');
  return line.length <= LONGEST_CAUSE ? line : `${line.slice(0, LONGEST_CAUSE)}…`;
}
