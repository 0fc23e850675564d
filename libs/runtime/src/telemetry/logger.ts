import { destination, pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * Structured log lines. The level says what the reader must do: error act now, warn look today, info lifecycle only.
 * What a secret may be called is blanked, wherever it turns up.
 */
export function createLogger(service: string, path?: string): Logger {
  const redact = { paths: ['password', '*.password', 'token', '*.token', 'secret', '*.secret'], censor: '(hidden)' };
  const options = { base: { service }, redact, timestamp: pino.stdTimeFunctions.isoTime };
  return path === undefined ? pino(options) : pino(options, destination({ dest: path, sync: true, mkdir: true }));
}
