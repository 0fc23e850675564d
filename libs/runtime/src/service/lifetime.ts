import type { Logger } from '../telemetry/logger.ts';
import type { Task } from './ports.ts';

export type LifetimeOptions = {
  /** From the signal, or from a failure, to the end of the process. Less than what Kubernetes waits before it kills. */
  readonly graceMs: number;
  readonly logger: Logger;
};

/**
 * Runs all parts until SIGTERM or SIGINT, then tells them to stop and waits for what they have in hand. When one of them
 * fails, the others are told to stop, and it rejects. What has not ended within the grace time, closing of connections
 * included, ends with the process and exit code 1: a batch in hand is done again by the next worker.
 */
export async function untilToldToStop(parts: readonly Task[], { graceMs, logger }: LifetimeOptions): Promise<void> {
  let isStopping = false;
  const stop = (reason: string): void => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ reason }, 'draining');
    for (const part of parts) part.stop();
    const tooLate = (): void => {
      logger.error(`did not end within ${graceMs / 1000} s: batches in hand are done again`);
      process.exit(1);
    };
    // It must not keep a process alive that has ended in order.
    setTimeout(tooLate, graceMs).unref();
  };
  const onSignal = (name: NodeJS.Signals): void => stop(name);
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const runs = parts.map(async (part) =>
    part.run().catch((error: unknown) => {
      stop('a part failed');
      throw error;
    }),
  );
  for (const outcome of await Promise.allSettled(runs)) if (outcome.status === 'rejected') throw outcome.reason;
  logger.info('drained');
}
