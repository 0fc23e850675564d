import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from '../contender.ts';
import { compareAnswers, type Answer, type Comparison } from '../measure/answer.ts';
import type { Place } from './place.ts';
import { readAnswer } from './read-answer.ts';

/** A contender that stands still for so long, with an answer that is not right, has given its answer. */
export const STANDSTILL_MS = 120_000;
const ASK_EVERY_MS = 250;

export type RightAnswer = {
  readonly comparison: Comparison;
  /** What reading the whole inventory took, the last time. */
  readonly readSeconds: number;
};

/** Reads the inventory until it is right, or as long as it still changes. */
export async function untilRight(place: Place, contender: Contender, right: Answer): Promise<RightAnswer> {
  let [before, changedAt] = ['', performance.now()];
  for (;;) {
    const askedAt = performance.now();
    const answer = await readAnswer(place.store, contender.inventory);
    const readSeconds = (performance.now() - askedAt) / 1000;
    const comparison = compareAnswers(right, answer);
    const text = JSON.stringify(comparison);
    if (text !== before) [before, changedAt] = [text, performance.now()];
    const isFinal = performance.now() - changedAt > STANDSTILL_MS;
    if (comparison.differences === 0 || isFinal) return { comparison, readSeconds };
    await sleep(ASK_EVERY_MS);
  }
}

/** What is wrong, in words; undefined when nothing is. */
export function wrongText(when: string, { differences, examples }: Comparison): string | undefined {
  return differences === 0 ? undefined : `${when}: ${differences} differences, such as ${examples.join('; ')}`;
}
