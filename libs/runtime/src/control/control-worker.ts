import { z } from 'zod';
import type { Signal } from '@tillstream/signal';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Worker } from '../worker/worker.ts';
import { announce, type Identity } from './announcer.ts';
import { CommandDesk } from './command-desk.ts';
import { command, type Command } from './command.ts';

const EVERY_MS = 5000;

export type ControlOptions = Identity & {
  readonly worker: Pick<Worker, 'onChange' | 'pause' | 'resume' | 'status' | 'stop'>;
  readonly signal: Signal;
  /** What its service can do besides `pause`, `resume`, `drain` and `status`. */
  readonly commands: readonly Command[];
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Between two announcements. 5 s by default. */
  readonly everyMs?: number;
};

/** Lets a worker be seen and commanded from elsewhere. Returns how to end that; do so after its `run`. */
export function controlWorker(options: ControlOptions): () => void {
  const { worker } = options;
  const desk = new CommandDesk({
    ...options,
    service: worker.status().service,
    commands: [...workerCommands(worker), ...options.commands],
  });
  const stopAnnouncing = announce({ ...options, everyMs: options.everyMs ?? EVERY_MS });
  return () => {
    desk.close();
    stopAnnouncing();
  };
}

/** What every worker can. Each answers with the worker's status after it. */
function workerCommands(worker: ControlOptions['worker']): readonly Command[] {
  const withStatus = (name: string, act: () => void): Command =>
    command(name, z.object({}), async () => {
      act();
      return worker.status();
    });
  return [
    withStatus('status', () => undefined),
    withStatus('pause', () => worker.pause()),
    withStatus('resume', () => worker.resume()),
    withStatus('drain', () => worker.stop()),
  ];
}
