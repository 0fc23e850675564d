import type { Contender } from '../contender.ts';
import { send } from '../input/send.ts';
import { createTopics } from '@tillstream/runtime';
import { PARTITIONS } from '../input/input.ts';
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

const START_WITHIN_MS = 180_000;
/** A contender that is so far behind does not keep up; what is not visible by then never was. */
const CATCH_UP_WITHIN_MS = 60_000;

/** Waits until a contender has started over empty topics, then sends at a steady rate and looks at what is visible when. */
export async function paced(
  contender: Contender,
  { transactionsPerSecond, seconds }: { readonly transactionsPerSecond: number; readonly seconds: number },
  root: string,
): Promise<PacedFigures> {
  const place = await Place.open(root);
  try {
    await createTopics(place.log, PARTITIONS);
    const startedAt = Date.now();
    const running = await contender.start(place);
    try {
      const probes = await Probes.open(place, contender.inventory);
      const started = probes.firstVisibleSince(startedAt, START_WITHIN_MS);
      await Promise.race([probes.during(started), running.failed]);
      const startSeconds = ((await started) - startedAt) / 1000;
      const totals = (): number => totalsOf([...running.pids(), place.clickHousePid]).cpuSeconds;

      const [since, cpuBefore] = [Date.now(), totals()];
      let isSent = false;
      const sending = send({
        brokers: place.brokers,
        transactions: transactionsPerSecond * seconds,
        recordsPerSecond: transactionsPerSecond,
      }).finally(() => {
        isSent = true;
      });
      const looking = probes.lookUntil(() => isSent, CATCH_UP_WITHIN_MS);
      await Promise.race([probes.during(sending), running.failed]);
      const cpuShareOfOneCore = (totals() - cpuBefore) / ((Date.now() - since) / 1000);
      await Promise.race([looking, running.failed]);
      const freshness = probes.freshnessSince(since);
      return {
        transactionsPerSecond,
        startSeconds,
        freshnessP50Seconds: quantile(freshness, 0.5),
        freshnessP99Seconds: quantile(freshness, 0.99),
        cpuShareOfOneCore,
      };
    } finally {
      await running.stop();
    }
  } finally {
    await place.close();
  }
}
