import {
  AuthorizationError,
  ConnectionError,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node';

const MAX_REASON_LENGTH = 200;

/** Why a connection failed, in a few words, with what to do where it is known. */
export function connectionReason(error: unknown): string {
  if (error instanceof AuthorizationError) return 'it refuses the credentials: check them, and the permissions there';
  if (error instanceof UserAuthenticationExpiredError) return 'the credentials have expired: renew them';
  if (error instanceof TimeoutError) return 'it does not answer';
  if (error instanceof ConnectionError && error.message.includes(`'tls'`)) {
    return 'it does not speak TLS: set it up there';
  }
  // The client leaves the code out of this one.
  if (error instanceof ConnectionError && error.message === 'connection refused') return reasonOf('ECONNREFUSED');
  return hasCode(error) ? reasonOf(error.code) : oneLine(error);
}

function hasCode(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Why a request has no answer. */
export function requestReason(error: unknown, subject: string, timeoutMs: number): string {
  const cause = error instanceof RequestError ? (error.cause ?? error) : error;
  if (cause instanceof NoRespondersError) return `nobody answers ${subject}`;
  if (cause instanceof TimeoutError) return `no answer on ${subject} within ${timeoutMs} ms`;
  if (cause instanceof PermissionViolationError) return `no answer on ${subject}: ${permissionReason(cause)}`;
  return `no answer on ${subject}: ${oneLine(cause)}`;
}

export function permissionReason({ operation, subject }: PermissionViolationError): string {
  const what = operation === 'publish' ? 'publish to' : 'subscribe to';
  return `NATS does not permit to ${what} ${oneLine(subject)}: check the permissions there`;
}

/** What a server says may hold anything: one line of it, without control characters. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_REASON_LENGTH);
}

function reasonOf(code: string): string {
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name cannot be resolved';
  if (code === 'ETIMEDOUT') return 'it does not answer';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'it cuts the connection: its log says why';
  if (code.startsWith('ERR_SSL')) return `TLS failed (${code}): check the certificates of both sides`;
  if (/CERT|SIGN/.test(code)) return `its certificate is not trusted (${code}): check the CA, the name and the dates`;
  return code;
}
