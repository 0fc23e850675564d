import { LogError, type LogErrorCode } from '../log-error.ts';

/** What is known of an error of kafkajs, of Node's sockets or of TLS. */
type Known = Error & {
  readonly code?: unknown;
  readonly type?: unknown;
  readonly retriable?: unknown;
  readonly errors?: readonly unknown[];
};

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

type Diagnosis = { readonly code: LogErrorCode; readonly remedy: string };

const WRONG_LOGIN: Diagnosis = {
  code: 'not_permitted',
  remedy: 'check the user, the password and the SASL mechanism',
};
const FORBIDDEN: Diagnosis = {
  code: 'not_permitted',
  remedy: 'grant this user what it needs (ACLs of the topic and the group)',
};
const TOO_LARGE: Diagnosis = {
  code: 'invalid_batch',
  remedy: 'send smaller records, or raise max.message.bytes of the topic',
};
const NO_ANSWER: Diagnosis = {
  code: 'unavailable',
  remedy: 'check that the brokers run, and whether the port expects TLS or a login (SASL)',
};
const UNREACHABLE: Diagnosis = { code: 'unavailable', remedy: 'check that the brokers run, and their address' };

/** By the type of an error in a broker's answer, or by the name of one of kafkajs's own. */
const DIAGNOSES: ReadonlyMap<string, Diagnosis> = new Map([
  ['SASL_AUTHENTICATION_FAILED', WRONG_LOGIN],
  ['KafkaJSSASLAuthenticationError', WRONG_LOGIN],
  [
    'ILLEGAL_SASL_STATE',
    { code: 'not_permitted', remedy: 'the port takes no login: use the port that does, or no SASL' },
  ],
  ['TOPIC_AUTHORIZATION_FAILED', FORBIDDEN],
  ['GROUP_AUTHORIZATION_FAILED', FORBIDDEN],
  ['CLUSTER_AUTHORIZATION_FAILED', FORBIDDEN],
  ['UNKNOWN_TOPIC_OR_PARTITION', { code: 'unknown_topic', remedy: 'create the topic first' }],
  [
    'INVALID_REPLICATION_FACTOR',
    {
      code: 'unavailable',
      remedy: 'there are fewer brokers than copies of a topic: ask for a lower replication factor',
    },
  ],
  ['MESSAGE_TOO_LARGE', TOO_LARGE],
  ['RECORD_LIST_TOO_LARGE', TOO_LARGE],
  ['INVALID_RECORD', { code: 'invalid_batch', remedy: 'correct the producer: a compacted topic needs keys' }],
  ['INVALID_TIMESTAMP', { code: 'invalid_batch', remedy: "correct the producer's clock" }],
  ['KafkaJSConnectionClosedError', NO_ANSWER],
  ['KafkaJSRequestTimeoutError', NO_ANSWER],
]);

function diagnosis(error: Known): Diagnosis {
  const tls = tlsRemedy(error);
  if (tls !== undefined) return { code: 'unavailable', remedy: tls };
  return DIAGNOSES.get(protocolErrorType(error) ?? '') ?? DIAGNOSES.get(error.name) ?? UNREACHABLE;
}

/** Of TLS: how its error is known, by its code or its text, and what to do. */
const TLS_REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/CERT_HAS_EXPIRED|certificate has expired/i, "the broker's certificate has expired: renew it"],
  [
    /ALERT_.*(CERTIFICATE|UNKNOWN_CA)|alert (.*certificate|unknown ca)/i,
    "the broker does not take this client's certificate: check who signed it and until when it is good",
  ],
  [
    /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|self-signed|unable to (verify|get)/i,
    "the authority that signed the broker's certificate is not trusted: give its certificate as CA",
  ],
  [/ALTNAME_INVALID/, "the broker's certificate is for another host: dial a name that is in it"],
  [
    /WRONG_VERSION_NUMBER|wrong version number|before secure TLS/i,
    'the port does not speak TLS: use the TLS port, or no TLS',
  ],
];

function tlsRemedy({ code, message }: Known): string | undefined {
  const text = `${typeof code === 'string' ? code : ''} ${message}`;
  return TLS_REMEDIES.find(([pattern]) => pattern.test(text))?.[1];
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
