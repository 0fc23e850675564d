import type { Contender } from '../contender.ts';
import { PacedSender, type Load, type SentAtRate } from '../input/senders.ts';
import { answerOf } from '../measure/answer.ts';
import { quantile } from '../measure/statistics.ts';
import type { Judged } from './drain.ts';
import { inPlace, type Started } from './in-place.ts';
import { Place } from './place.ts';
import { Probes } from './probes.ts';
import { untilRight, wrongText } from './right-answer.ts';

export type PacedFigures = {
  /** Asked of the sender. */
  readonly recordsPerSecond: number;
  /** What the sender came to, which shares the machine with the contender. */
  readonly sentPerSecond: number;
  /** From its start until the first sale is visible. */
  readonly startSeconds: number;
  /** NaN when the sender did not reach its rate: it would be the freshness at another one. */
  readonly freshnessP50Seconds: number;
  readonly freshnessP99Seconds: number;
  /** What a reader's question for the sales took: with a pause of 25 ms, how exactly freshness is known. */
  readonly questionSeconds: number;
  /** While the load runs. */
  readonly cpuShareOfOneCore: number;
};

const START_WITHIN_MS = 180_000;
/** A contender that is so far behind does not keep up; what is not visible by then never was. */
const CATCH_UP_WITHIN_MS = 60_000;
/** A sender below this share of its rate has not sent the load that the figures are of. */
const LEAST_RATE_SHARE = 0.97;

/** Waits until a contender has started over empty topics, then sends at a steady rate and looks at what is visible when. */
export async function paced(contender: Contender, load: Load, root: string): Promise<Judged<PacedFigures>> {
  const sender = await PacedSender.prepare(load);
  try {
    const place = await Place.withEmptyTopics(root);
    return await inPlace(contender, place, async (started) => measure(started, sender, load));
  } finally {
    await sender.end();
  }
}

async function measure(started: Started, sender: PacedSender, load: Load): Promise<Judged<PacedFigures>> {
  const { contender, place, startedAt, totals } = started;
  const probes = await Probes.open(place, contender.inventory);
  const firstVisible = probes.firstVisibleSince(startedAt, START_WITHIN_MS);
  await probes.during(firstVisible);
  const startSeconds = ((await firstVisible) - startedAt) / 1000;

  const [since, cpuBefore] = [Date.now(), totals().cpuSeconds];
  let cpuShareOfOneCore: number | undefined;
  const sending = sender.sendTo(place.brokers).then((sent) => {
    cpuShareOfOneCore = (totals().cpuSeconds - cpuBefore) / ((Date.now() - since) / 1000);
    return sent;
  });
  const looking = probes.lookUntil(() => cpuShareOfOneCore !== undefined, CATCH_UP_WITHIN_MS);
  const [sent] = await Promise.all([sending, looking, probes.during(sending)]);
  const freshness = probes.freshnessSince(since);
  const wrong = freshness.every(Number.isFinite) ? await wrongIn(started, sent) : undefined;
  if (wrong !== undefined) return { wrong };
  const sentPerSecond = sent.records / sent.seconds;
  const isReached = sentPerSecond >= load.recordsPerSecond * LEAST_RATE_SHARE;
  const freshnessAt = (share: number): number => (isReached ? quantile(freshness, share) : Number.NaN);
  return {
    figures: {
      recordsPerSecond: load.recordsPerSecond,
      sentPerSecond,
      startSeconds,
      freshnessP50Seconds: freshnessAt(0.5),
      freshnessP99Seconds: freshnessAt(0.99),
      questionSeconds: probes.questionSeconds,
      cpuShareOfOneCore: cpuShareOfOneCore!,
    },
  };
}

/** Of one that has kept up: whoever is behind has no answer yet, and the report says that. */
async function wrongIn(started: Started, sent: SentAtRate): Promise<string | undefined> {
  return wrongText('after a paced run', await untilRight(started, answerOf(sent.answer)));
}
