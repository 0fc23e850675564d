import type { Log } from '@tillstream/log';
import {
  command,
  LOAD_REFERENCE,
  RELOAD_REFERENCE,
  REPLAY_QUARANTINE,
  UserError,
  type Command,
  type Worker,
} from '@tillstream/runtime';
import type { Store } from '@tillstream/store';
import { z } from 'zod';
import { loadReferenceData } from './reference/reference-loader.ts';
import { replayQuarantine } from './replay/quarantine-replay.ts';
import type { SilverStage } from './stage.ts';

export type SilverCommandOptions = {
  readonly worker: Pick<Worker, 'betweenTurns'>;
  readonly stage: Pick<SilverStage, 'reference' | 'reloadReference'>;
  readonly store: Store;
  readonly log: Log;
  readonly referenceFolder: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** How many records were sent again. */
export const replayedSchema = z.object({ records: z.int().min(0) });

/**
 * What silver does when it is told to, besides what every worker can. A replay goes on beside the turns: it sends
 * what earlier turns have set aside, so nothing that is being judged meanwhile is missed or touched.
 */
export function silverCommands(options: SilverCommandOptions): readonly Command[] {
  const { worker, stage, store, log, referenceFolder, now } = options;
  let isReplaying = false;
  const replay = async (): Promise<z.input<typeof replayedSchema>> => {
    if (isReplaying) throw new UserError('the quarantine is being replayed already: wait for its end');
    isReplaying = true;
    try {
      return { records: await replayQuarantine(store, log, stage.reference, now()) };
    } finally {
      isReplaying = false;
    }
  };
  const nothing = z.object({});
  return [
    command(LOAD_REFERENCE, nothing, async () => loadReferenceData(store, referenceFolder, now())),
    command(RELOAD_REFERENCE, nothing, async () => worker.betweenTurns(async () => stage.reloadReference())),
    command(REPLAY_QUARANTINE, nothing, replay),
  ];
}
