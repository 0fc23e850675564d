import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from '../contender.ts';
import type { LoadedBroker } from '../input/loaded-broker.ts';
import { warmedRates, type Rates, type Sample } from '../measure/warmed-rates.ts';
import { inPlace, type Started } from './in-place.ts';
import { Place } from './place.ts';
import { Probes } from './probes.ts';
import { STANDSTILL_MS, untilRight, wrongText } from './right-answer.ts';

export type DrainFigures = Rates & {
  readonly peakBytes: number;
  /** From the start of the contender to the right answer. */
  readonly wholeSeconds: number;
  /** What reading the whole inventory once takes. */
  readonly readSeconds: number;
  /** From kill -9 until a sale that was made after it is visible; infinite when it was not within minutes. */
  readonly recoverySeconds: number;
};

/** The figures of a right answer, or what is wrong with it. */
export type Judged<Figures> = { readonly figures: Figures } | { readonly wrong: string };

const SAMPLE_EVERY_MS = 250;
const RECOVERY_WITHIN_MS = 180_000;

/** Has a contender work off the whole input, compares its answer, kills it, and compares again. */
export async function drain(contender: Contender, loaded: LoadedBroker, root: string): Promise<Judged<DrainFigures>> {
  const place = await Place.open(root, loaded.folder);
  return inPlace(contender, place, async (started) => measure(started, loaded));
}

async function measure(started: Started, loaded: LoadedBroker): Promise<Judged<DrainFigures>> {
  const samples = await untilThrough(started, loaded.records);
  const answer = await untilRight(started, loaded.answer);
  const wrong = wrongText('after the drain', answer);
  if (wrong !== undefined) return { wrong };
  const end = sampleOf(started, loaded.records);
  const { peakBytes } = started.totals();

  const recoverySeconds = await recover(started);
  const answerAfter = await untilRight(started, loaded.answer);
  const wrongAfter = wrongText('after the drain and a kill -9', answerAfter);
  if (wrongAfter !== undefined) return { wrong: wrongAfter };
  const rates = warmedRates([...samples, end], loaded);
  const { readSeconds } = answer;
  return { figures: { ...rates, peakBytes, wholeSeconds: end.seconds, readSeconds, recoverySeconds } };
}

async function untilThrough(started: Started, records: number): Promise<Sample[]> {
  const { running } = started;
  const samples: Sample[] = [];
  let changedAt = performance.now();
  for (;;) {
    const sample = sampleOf(started, await running.progress());
    if (sample.records !== samples.at(-1)?.records) changedAt = performance.now();
    samples.push(sample);
    if (sample.records >= records && (await running.isComplete())) return samples;
    // What it has by then is its answer.
    if (performance.now() - changedAt > STANDSTILL_MS) return samples;
    await sleep(SAMPLE_EVERY_MS);
  }
}

async function recover({ contender, place, running }: Started): Promise<number> {
  const probes = await Probes.open(place, contender.inventory);
  const killedAt = Date.now();
  const crash = running.crash();
  const visible = probes.firstVisibleSince(killedAt, RECOVERY_WITHIN_MS);
  await probes.during(Promise.all([crash, visible]));
  return ((await visible) - killedAt) / 1000;
}

function sampleOf({ startedAt, totals }: Started, records: number): Sample {
  return { seconds: (Date.now() - startedAt) / 1000, records, ...totals() };
}
