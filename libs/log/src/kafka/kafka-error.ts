import { LogError, type LogErrorCode } from '../log-error.ts';

/** What is known of an error of kafkajs, of Node's sockets or of TLS. */
type Known = Error & { readonly code?: unknown; readonly type?: unknown; readonly retriable?: unknown; readonly errors?: readonly unknown[] };

/** Whether the same call may succeed when it is made again a little later. */
export function isRetriable(error: unknown): boolean {
  if (error instanceof LogError) return false;
  const known = rootOf(error);
  if (isWrongCredentials(known)) return false;
  if (known.name === 'KafkaJSProtocolError') return known.retriable === true;
  return (
    known.retriable === true ||
    known.name === 'KafkaJSLockTimeout' ||
    known.name === 'KafkaJSGroupCoordinatorNotFound' ||
    known.name === 'KafkaJSNumberOfRetriesExceeded'
  );
}

/** The type of an error in a broker's answer, `REBALANCE_IN_PROGRESS` for example. */
export function protocolErrorType(error: unknown): string | undefined {
  const { type } = rootOf(error);
  return typeof type === 'string' ? type : undefined;
}

/** `what` names what could not be done, as in `cannot produce to sales/0`. Secrets are in no message of kafkajs. */
export function asLogError(error: unknown, what: string): LogError {
  if (error instanceof LogError) return error;
  const root = rootOf(error);
  const { code, remedy } = diagnosis(root);
  return new LogError(code, `${what}: ${oneLine(root.message)}; ${remedy}`, { cause: root });
}

function diagnosis(error: Known): { readonly code: LogErrorCode; readonly remedy: string } {
  const tls = tlsRemedy(error);
  if (tls !== undefined) return { code: 'unavailable', remedy: tls };
  if (isWrongCredentials(error)) {
    return { code: 'not_permitted', remedy: 'check the user, the password and the SASL mechanism' };
  }
  const type = protocolErrorType(error);
  if (type?.endsWith('AUTHORIZATION_FAILED') === true) {
    return { code: 'not_permitted', remedy: 'grant this user what it needs (ACLs of the topic and the group)' };
  }
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return { code: 'unknown_topic', remedy: 'create the topic first' };
  if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') {
    return { code: 'invalid_batch', remedy: 'send smaller records, or raise max.message.bytes of the topic' };
  }
  if (type === 'INVALID_RECORD' || type === 'INVALID_TIMESTAMP') {
    return { code: 'invalid_batch', remedy: 'correct the producer: a compacted topic needs keys, and times near now' };
  }
  if (type === 'ILLEGAL_SASL_STATE') {
    return { code: 'not_permitted', remedy: 'the port takes no login: use the port that does, or no SASL' };
  }
  if (error.name === 'KafkaJSConnectionClosedError' || error.name === 'KafkaJSRequestTimeoutError') {
    return { code: 'unavailable', remedy: 'check that the brokers run, and whether the port expects TLS or a login (SASL)' };
  }
  return { code: 'unavailable', remedy: 'check that the brokers run, and their address' };
}

/** A remedy for an error that TLS makes and that trying again does not mend. */
function tlsRemedy({ code, message }: Known): string | undefined {
  const text = `${typeof code === 'string' ? code : ''} ${message}`;
  if (/CERT_HAS_EXPIRED|certificate has expired/i.test(text)) {
    return "the broker's certificate has expired: renew it";
  }
  if (/ALERT_.*(CERTIFICATE|UNKNOWN_CA)|alert (.*certificate|unknown ca)/i.test(text)) {
    return "the broker does not take this client's certificate: check who signed it and until when it is good";
  }
  if (/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|self-signed|unable to (verify|get)/i.test(text)) {
    return "the authority that signed the broker's certificate is not trusted: give its certificate as CA";
  }
  if (/ALTNAME_INVALID/.test(text)) return "the broker's certificate is for another host: dial a name that is in it";
  if (/WRONG_VERSION_NUMBER|wrong version number|before secure TLS/i.test(text)) {
    return 'the port does not speak TLS: use the TLS port, or no TLS';
  }
  return undefined;
}

function isWrongCredentials({ name, type }: Known): boolean {
  return name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED';
}

const WRAPPERS = new Set(['KafkaJSNumberOfRetriesExceeded', 'KafkaJSNonRetriableError', 'KafkaJSAggregateError']);

/** kafkajs wraps errors in others that say that it has given up, or that there are several. */
function rootOf(error: unknown): Known {
  let known: Known = error instanceof Error ? error : new Error(String(error));
  for (;;) {
    const inner = WRAPPERS.has(known.name) ? (known.errors?.[0] ?? known.cause) : undefined;
    if (!(inner instanceof Error)) return known;
    known = inner;
  }
}

/** Without OpenSSL's source lines, and Node's advice for its command line. */
function oneLine(text: string): string {
  const told = text.replace(/\w+:error:\w+:SSL routines:\w*:([^:]*):.*/s, '$1').replace(/; if the root CA .*/s, '');
  return told.replaceAll(/\s+/g, ' ').trim();
}
