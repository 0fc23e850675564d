import { destination, pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * Structured log lines. The level says what the reader must do: error act now, warn look today, info lifecycle only.
 * What a secret may be called is blanked, wherever it turns up.
 */
export function createLogger(service: string, destinationPath?: string): Logger {
  const redact = { paths: ['password', '*.password', 'token', '*.token', 'secret', '*.secret'], censor: '(hidden)' };
  const options = { base: { service }, redact, timestamp: pino.stdTimeFunctions.isoTime };
  if (destinationPath === undefined) return pino(options);
  return pino(options, destination({ dest: destinationPath, sync: true, mkdir: true }));
}

/** Says nothing: for tests. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
