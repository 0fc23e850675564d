import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from '../contender.ts';
import type { LoadedBroker } from '../input/loaded-broker.ts';
import { inPlace, type Started } from './in-place.ts';
import { Place } from './place.ts';
import { STANDSTILL_MS, untilRight, wrongText } from './right-answer.ts';

const ASK_EVERY_MS = 250;

/**
 * The warm-up, whose figures nobody sees: works off the whole input, with a kill -9 of everything in the midst of it.
 * Returns what is wrong with the answer.
 */
export async function gate(contender: Contender, loaded: LoadedBroker, root: string): Promise<string | undefined> {
  const place = await Place.open(root, loaded.folder);
  return inPlace(contender, place, async (started) => {
    await untilHalf(started, loaded.records);
    await started.running.crash();
    const answer = await untilRight(started, loaded.answer);
    return wrongText('after a kill -9 in the midst of the drain', answer);
  });
}

async function untilHalf({ running }: Started, records: number): Promise<void> {
  let [before, changedAt] = [0, performance.now()];
  for (;;) {
    const done = await running.progress();
    if (done !== before) [before, changedAt] = [done, performance.now()];
    // One that does not move has its answer judged all the same.
    if (done >= records / 2 || performance.now() - changedAt > STANDSTILL_MS) return;
    await sleep(ASK_EVERY_MS);
  }
}
