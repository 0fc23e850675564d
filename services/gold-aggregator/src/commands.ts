import { command, RELOAD_REFERENCE, type Command, type Worker } from '@tillstream/runtime';
import { z } from 'zod';
import type { GoldStage } from './stage.ts';

/** What gold does when it is told to, besides what every worker can. */
export function goldCommands(
  worker: Pick<Worker, 'betweenTurns'>,
  stage: Pick<GoldStage, 'reloadReference'>,
): readonly Command[] {
  return [
    command(RELOAD_REFERENCE, z.object({}), async () => worker.betweenTurns(async () => stage.reloadReference())),
  ];
}
