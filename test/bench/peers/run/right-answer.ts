import { setTimeout as sleep } from 'node:timers/promises';
import { compareAnswers, type Answer, type Comparison } from '../measure/answer.ts';
import type { Started } from './in-place.ts';
import { readAnswer } from './read-answer.ts';

/** A contender that stands still for so long, records and answer, has given its answer. */
export const STANDSTILL_MS = 300_000;
const ASK_EVERY_MS = 250;

export type RightAnswer = {
  readonly comparison: Comparison;
  /** That the contender said it was through with. */
  readonly records: number;
  /** What reading the whole inventory took, the last time. */
  readonly readSeconds: number;
};

/** Reads the inventory until it is right, or as long as it or the contender's progress still changes. */
export async function untilRight({ place, contender, running }: Started, right: Answer): Promise<RightAnswer> {
  let [before, changedAt] = ['', performance.now()];
  for (;;) {
    const records = await running.progress();
    const askedAt = performance.now();
    const answer = await readAnswer(place.store, contender.inventory);
    const readSeconds = (performance.now() - askedAt) / 1000;
    const comparison = compareAnswers(right, answer);
    const text = JSON.stringify([comparison, records]);
    if (text !== before) [before, changedAt] = [text, performance.now()];
    const isFinal = performance.now() - changedAt > STANDSTILL_MS;
    if (comparison.differences === 0 || isFinal) return { comparison, records, readSeconds };
    await sleep(ASK_EVERY_MS);
  }
}

/** What is wrong, in words; undefined when nothing is. */
export function wrongText(when: string, { comparison, records }: RightAnswer): string | undefined {
  const { differences, examples } = comparison;
  if (differences === 0) return undefined;
  const still = `standing still at ${records.toLocaleString('en-US')} records for ${STANDSTILL_MS / 60_000} minutes`;
  return `${when}, ${still}: ${differences} differences, such as ${examples.join('; ')}`;
}
