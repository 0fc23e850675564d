import { Random } from '../random.ts';
import type { Step } from '../source.ts';
import type { TimedCountFile, TimedRecord } from './timed-step.ts';

export type ReplayInput = {
  readonly counts: readonly TimedCountFile[];
  readonly changes: readonly TimedRecord[];
  /** In the order in which they must be sent. */
  readonly raw: readonly TimedRecord[];
};

type Entry = {
  readonly step: TimedCountFile | TimedRecord;
  readonly timeMs: number;
  /** Entries of one chain are never sent in another order. */
  readonly chain: string | undefined;
};

/**
 * All steps by event time; of one instant counts first, then transactions, then raw messages. With a seed, in random
 * order instead, but still so that the answer is the same: of the records with one trans_id the first in the log
 * counts, so they keep their order, and raw messages keep theirs altogether.
 */
export function inOrder(input: ReplayInput, shuffleSeed: number | undefined): Step[] {
  const byTime = [...countEntries(input), ...changeEntries(input), ...rawEntries(input)].toSorted((a, b) =>
    compare(a.timeMs, b.timeMs),
  );
  const times = finite(byTime.map(({ timeMs }) => timeMs));
  const sent = shuffleSeed === undefined ? byTime : shuffled(byTime, shuffleSeed);
  return sent.map(({ step }, index) => atTime(step, times[index]!));
}

function atTime(step: TimedCountFile | TimedRecord, simulatedTime: number): Step {
  if (step.kind === 'countFile') return { kind: step.kind, path: step.path, content: step.content, simulatedTime };
  return { kind: step.kind, topic: step.topic, key: step.key, value: step.value, simulatedTime };
}

function countEntries({ counts }: ReplayInput): Entry[] {
  return counts.map((step) => ({
    step,
    timeMs: Number.isNaN(step.timeMs) ? Number.NEGATIVE_INFINITY : step.timeMs,
    chain: undefined,
  }));
}

function changeEntries({ changes }: ReplayInput): Entry[] {
  return changes.map((step) => ({ step, timeMs: step.timeMs, chain: `trans_id ${step.key?.toString('latin1')}` }));
}

/** Raw messages go when the latest time is reached that they have shown so far; last of all when they show none. */
function rawEntries({ raw }: ReplayInput): Entry[] {
  const showTime = raw.some(({ timeMs }) => !Number.isNaN(timeMs));
  let latest = showTime ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return raw.map((step) => {
    if (step.timeMs > latest) latest = step.timeMs;
    return { step, timeMs: latest, chain: 'raw' };
  });
}

/** Subtraction would make NaN of two infinities. */
function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Ascending times with the infinite ones pulled to the nearest finite one. */
function finite(times: readonly number[]): number[] {
  const first = times.find(Number.isFinite) ?? 0;
  const last = times.findLast(Number.isFinite) ?? 0;
  return times.map((timeMs) => Math.min(Math.max(timeMs, first), last));
}

function shuffled(entries: readonly Entry[], seed: number): Entry[] {
  const random = new Random(seed);
  const order = entries.map((_, index) => index);
  for (let index = order.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  keepChains(entries, order);
  return order.map((index) => entries[index]!);
}

/** Gives the places that a chain's entries were dealt to those same entries in their own order. */
function keepChains(entries: readonly Entry[], order: number[]): void {
  const places = new Map<string, number[]>();
  for (const [place, index] of order.entries()) {
    const { chain } = entries[index]!;
    if (chain === undefined) continue;
    const taken = places.get(chain);
    if (taken === undefined) places.set(chain, [place]);
    else taken.push(place);
  }
  for (const taken of places.values()) {
    const ascending = taken.map((place) => order[place]!).toSorted((a, b) => a - b);
    for (const [rank, place] of taken.entries()) order[place] = ascending[rank]!;
  }
}
