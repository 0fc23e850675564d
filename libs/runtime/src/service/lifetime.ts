import type { Logger } from '../telemetry/logger.ts';
import type { Task } from './ports.ts';

export type LifetimeOptions = {
  /** From the signal to the end. Kubernetes kills what takes longer than its own grace period: this must be less. */
  readonly graceMs: number;
  readonly logger: Logger;
};

/**
 * Runs all parts until SIGTERM or SIGINT, then tells them to stop and waits for what they have in hand. Rejects when
 * one of them fails, or when they have not ended within the grace time; the others are told to stop in both cases.
 */
export async function untilToldToStop(parts: readonly Task[], { graceMs, logger }: LifetimeOptions): Promise<void> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const stop = (reason: string): void => {
    if (timer !== undefined) return;
    logger.info({ reason }, 'draining');
    for (const part of parts) part.stop();
    timer = setTimeout(
      () => reject(new Error(`did not drain within ${graceMs / 1000} s: batches in hand are done again`)),
      graceMs,
    );
  };
  const onSignal = (name: NodeJS.Signals): void => stop(name);
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  try {
    const runs = parts.map(async (part) =>
      part.run().catch((error: unknown) => {
        stop('a part failed');
        throw error;
      }),
    );
    await Promise.race([allSettled(runs), tooLate]);
    logger.info('drained');
  } finally {
    clearTimeout(timer);
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}

/** Waits for all, and rejects with the first failure then. */
async function allSettled(runs: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(runs)) if (outcome.status === 'rejected') throw outcome.reason;
}
