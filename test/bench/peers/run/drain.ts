import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, RunningContender } from '../contender.ts';
import type { LoadedBroker } from '../input/loaded-broker.ts';
import { compareAnswers, type Comparison } from '../measure/answer.ts';
import { totalsOf } from '../measure/processes.ts';
import { warmedRates, type Sample } from '../measure/warmed-rates.ts';
import { Place } from './place.ts';
import { Probes } from './probes.ts';
import { readAnswer } from './read-answer.ts';

export type DrainFigures = {
  readonly transactionsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakBytes: number;
  /** From the start of the contender to the right answer. */
  readonly wholeSeconds: number;
  /** What reading the whole inventory once takes. */
  readonly readSeconds: number;
  /** From kill -9 until a sale that was made after it is visible. */
  readonly recoverySeconds: number;
};

/** Wrong: with the first differences in words. */
export type DrainResult =
  | { readonly outcome: 'right'; readonly figures: DrainFigures }
  | { readonly outcome: 'wrong'; readonly when: string; readonly comparison: Comparison };

const SAMPLE_EVERY_MS = 250;
/** A contender that stands still for so long, with an answer that is not right, has given its answer. */
const STANDSTILL_MS = 120_000;
const RECOVERY_WITHIN_MS = 180_000;

/** Has a contender work off the whole input, compares its answer, kills it, and compares again. */
export async function drain(contender: Contender, loaded: LoadedBroker, root: string): Promise<DrainResult> {
  const place = await Place.open(root, loaded.folder);
  try {
    const startedAt = performance.now();
    const running = await contender.start(place);
    try {
      const run = new DrainRun(contender, loaded, { place, running, startedAt });
      return await Promise.race([run.measure(), running.failed]);
    } finally {
      await running.stop();
    }
  } finally {
    await place.close();
  }
}

class DrainRun {
  readonly #contender: Contender;
  readonly #loaded: LoadedBroker;
  readonly #place: Place;
  readonly #running: RunningContender;
  readonly #startedAt: number;

  constructor(
    contender: Contender,
    loaded: LoadedBroker,
    run: { readonly place: Place; readonly running: RunningContender; readonly startedAt: number },
  ) {
    this.#contender = contender;
    this.#loaded = loaded;
    this.#place = run.place;
    this.#running = run.running;
    this.#startedAt = run.startedAt;
  }

  async measure(): Promise<DrainResult> {
    const samples = await this.#untilThrough();
    const { comparison, readSeconds } = await this.#untilRight();
    if (comparison.differences > 0) return { outcome: 'wrong', when: 'after the drain', comparison };
    const end = this.#sample(this.#loaded.records);
    const peakBytes = this.#totals().peakBytes;
    const recoverySeconds = await this.#recover();
    const after = await this.#untilRight();
    if (after.comparison.differences > 0) return { outcome: 'wrong', when: 'after kill -9', ...after };
    const { transactions, records } = this.#loaded;
    const figures = {
      ...warmedRates([...samples, end], { transactions, records }),
      peakBytes,
      wholeSeconds: end.seconds,
      readSeconds,
      recoverySeconds,
    };
    return { outcome: 'right', figures };
  }

  async #untilThrough(): Promise<Sample[]> {
    const samples: Sample[] = [];
    let changedAt = performance.now();
    for (;;) {
      const sample = this.#sample(await this.#running.progress());
      if (sample.records !== samples.at(-1)?.records) changedAt = performance.now();
      samples.push(sample);
      if (sample.records >= this.#loaded.records && (await this.#running.isComplete())) return samples;
      // What it has by then is its answer.
      if (performance.now() - changedAt > STANDSTILL_MS) return samples;
      await sleep(SAMPLE_EVERY_MS);
    }
  }

  /** Asks again as long as the answer still changes. */
  async #untilRight(): Promise<{ readonly comparison: Comparison; readonly readSeconds: number }> {
    let [before, changedAt] = ['', performance.now()];
    for (;;) {
      const askedAt = performance.now();
      const answer = await readAnswer(this.#place.store, this.#contender.inventory);
      const readSeconds = (performance.now() - askedAt) / 1000;
      const comparison = compareAnswers(this.#loaded.answer, answer);
      const text = JSON.stringify(comparison);
      if (text !== before) [before, changedAt] = [text, performance.now()];
      const isFinal = performance.now() - changedAt > STANDSTILL_MS;
      if (comparison.differences === 0 || isFinal) return { comparison, readSeconds };
      await sleep(SAMPLE_EVERY_MS);
    }
  }

  async #recover(): Promise<number> {
    const probes = await Probes.open(this.#place, this.#contender.inventory);
    const killedAt = Date.now();
    const crash = this.#running.crash();
    const visible = probes.firstVisibleSince(killedAt, RECOVERY_WITHIN_MS);
    await probes.during(Promise.all([crash, visible]));
    return ((await visible) - killedAt) / 1000;
  }

  #sample(records: number): Sample {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    return { seconds, records, cpuSeconds: this.#totals().cpuSeconds };
  }

  #totals(): ReturnType<typeof totalsOf> {
    return totalsOf([...this.#running.pids(), this.#place.clickHousePid]);
  }
}
