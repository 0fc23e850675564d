import { createTopics } from '@tillstream/runtime';
import type { Contender, RunningContender } from '../contender.ts';
import { PARTITIONS } from '../input/input.ts';
import { send } from '../input/send.ts';
import { totalsOf } from '../measure/processes.ts';
import { quantile } from '../measure/statistics.ts';
import { Place } from './place.ts';
import { Probes } from './probes.ts';

export type PacedFigures = {
  readonly transactionsPerSecond: number;
  /** From its start until the first sale is visible. */
  readonly startSeconds: number;
  readonly freshnessP50Seconds: number;
  readonly freshnessP99Seconds: number;
  /** While the load runs. */
  readonly cpuShareOfOneCore: number;
};

export type Load = { readonly transactionsPerSecond: number; readonly seconds: number };

const START_WITHIN_MS = 180_000;
/** A contender that is so far behind does not keep up; what is not visible by then never was. */
const CATCH_UP_WITHIN_MS = 60_000;

/** Waits until a contender has started over empty topics, then sends at a steady rate and looks at what is visible when. */
export async function paced(contender: Contender, load: Load, root: string): Promise<PacedFigures> {
  const place = await Place.open(root);
  try {
    await createTopics(place.log, PARTITIONS);
    const startedAt = Date.now();
    const running = await contender.start(place);
    try {
      return await Promise.race([measure({ contender, running, place, startedAt }, load), running.failed]);
    } finally {
      await running.stop();
    }
  } finally {
    await place.close();
  }
}

type Started = {
  readonly contender: Contender;
  readonly running: RunningContender;
  readonly place: Place;
  readonly startedAt: number;
};

async function measure({ contender, running, place, startedAt }: Started, load: Load): Promise<PacedFigures> {
  const { transactionsPerSecond, seconds } = load;
  const probes = await Probes.open(place, contender.inventory);
  const started = probes.firstVisibleSince(startedAt, START_WITHIN_MS);
  await probes.during(started);
  const startSeconds = ((await started) - startedAt) / 1000;

  const cpuSeconds = (): number => totalsOf([...running.pids(), place.clickHousePid]).cpuSeconds;
  const [since, cpuBefore] = [Date.now(), cpuSeconds()];
  let cpuShareOfOneCore: number | undefined;
  const { brokers } = place;
  const sending = send({
    brokers,
    transactions: transactionsPerSecond * seconds,
    recordsPerSecond: transactionsPerSecond,
  }).then(() => {
    cpuShareOfOneCore = (cpuSeconds() - cpuBefore) / ((Date.now() - since) / 1000);
  });
  const looking = probes.lookUntil(() => cpuShareOfOneCore !== undefined, CATCH_UP_WITHIN_MS);
  await Promise.all([probes.during(sending), looking]);
  const freshness = probes.freshnessSince(since);
  return {
    transactionsPerSecond,
    startSeconds,
    freshnessP50Seconds: quantile(freshness, 0.5),
    freshnessP99Seconds: quantile(freshness, 0.99),
    cpuShareOfOneCore: cpuShareOfOneCore!,
  };
}
