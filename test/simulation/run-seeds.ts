import { simulate, type Outcome } from './simulation.ts';
import type { Sabotage } from './world/world.ts';

export type SeedRange = {
  readonly from: number;
  readonly seeds: number;
  readonly sabotage?: Sabotage | undefined;
  readonly traced?: boolean;
  /** Called now and then with how many are done. */
  readonly progress?: (done: number) => void;
};

const PROGRESS_EVERY = 5000;

/** The first seed of the range that goes wrong. */
export async function runSeeds(range: SeedRange): Promise<Outcome | undefined> {
  const { from, seeds, sabotage, traced, progress } = range;
  for (let done = 0; done < seeds; done++) {
    const outcome = await simulate(from + done, { sabotage, traced: traced ?? false });
    if (outcome.problems.length > 0) return outcome;
    if ((done + 1) % PROGRESS_EVERY === 0) progress?.(done + 1);
  }
  return undefined;
}
